import { expect, test } from '@jest/globals'
import { type CaptureItem } from '../../protocols/packet/capture-item.ts'
import { replayed, shifted } from '../../producers/replay.ts'

const frame = (capturedAt: number) => ({
  linkType: 1,
  capturedAt,
  bytes: Uint8Array.of(capturedAt & 255),
  originalLength: 1,
})

/** Replays frames recorded at the given seconds, on a clock that moves only by sleeping. */
async function play(batches: readonly (readonly number[])[], speed: number): Promise<string[]> {
  const happened: string[] = []
  let now = 1_000_000_000
  async function* items(): AsyncGenerator<CaptureItem> {
    for (const seconds of batches) {
      yield { kind: 'frames', frames: seconds.map((second) => frame(second * 1e6)) }
      await Promise.resolve()
    }
    yield { kind: 'fault', fault: { code: 'truncated', at: 9, message: 'cut' } }
  }
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += Math.round(ms * 1000)
      return Promise.resolve()
    },
  }
  for await (const item of replayed(items(), clock, speed, new AbortController().signal)) {
    happened.push(
      item.kind !== 'frames'
        ? item.kind
        : `${(now - 1e9) / 1e6}s: ${item.frames.map(({ capturedAt }) => (capturedAt - 1e9) / 1e6).join()}`,
    )
  }
  return happened
}

test('frames come when they are due, with the times of now, and the fault last', async () => {
  expect(await play([[5, 5, 6], [7.5]], 1)).toEqual([...['0s: 0,0', '1s: 1', '2.5s: 2.5'], 'fault'])
})

test('a faster replay shrinks intervals', async () => {
  expect(await play([[5, 6, 9]], 10)).toEqual(['0s: 0', '0.1s: 0.1', '0.4s: 0.4', 'fault'])
})

test('a moment before the first frame happens before the start', () => {
  expect(shifted({ recordedAt: 10, startsAt: 1000, speed: 1 }, 7)).toBe(997)
})

import { describe, expect, test } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readCaptureFile } from '../../io/capture/read-capture-file.ts'
import { createObserver } from '../../producers/observe.ts'
import { type Frame } from '../../protocols/packet/frame.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures')

const captures = ['tls', 'ssh'].flatMap((kind) =>
  readdirSync(join(FIXTURES, kind))
    .filter((file) => file.endsWith('.pcap'))
    .map((file) => join(kind, file)),
)

async function framesOf(path: string): Promise<Frame[]> {
  const frames: Frame[] = []
  for await (const item of readCaptureFile(path)) {
    if (item.kind !== 'frames') continue
    for (const frame of item.frames) frames.push({ ...frame, bytes: frame.bytes.slice() })
  }
  return frames
}

/** The frame as another mirror port delivers it: tagged, and at another time. */
function tagged(frame: Frame, id: number, capturedAt: number): Frame {
  if (frame.linkType !== 1) return { ...frame, capturedAt }
  const tag = Uint8Array.of(0x81, 0x00, id >> 8, id & 255)
  const bytes = Uint8Array.from([
    ...frame.bytes.subarray(0, 12),
    ...tag,
    ...frame.bytes.subarray(12),
  ])
  return { ...frame, capturedAt, bytes, originalLength: frame.originalLength + tag.length }
}

/** What is said of the connections, in any order, but for times and for where they were seen. */
function said(frames: readonly Frame[]): string[] {
  const observer = createObserver({ sensor: 'tap', site: 'lab', source: 'tap' })
  for (const frame of frames) observer.packet(frame)
  observer.end(frames.at(-1)?.capturedAt ?? 0)
  const unlike = new Set(['vlanId', 'tunnel', 'observedAt', 'ingestedAt'])
  return observer
    .take()
    .map((each) =>
      JSON.stringify(each, (key, value: unknown) =>
        unlike.has(key) || key.endsWith('Ms') ? undefined : value,
      ),
    )
    .sort()
}

describe.each(captures)('packets mirrored twice count once: %s', (file) => {
  test('from two VLANs at the same time', async () => {
    const frames = await framesOf(join(FIXTURES, file))
    const twice = frames.flatMap((frame) => [
      tagged(frame, 10, frame.capturedAt),
      tagged(frame, 20, frame.capturedAt + 3),
    ])
    expect(said(twice)).toEqual(said(frames))
  })

  test('with the second copy three packets behind', async () => {
    const frames = await framesOf(join(FIXTURES, file))
    const twice = frames.flatMap((frame, i) => {
      const earlier = frames[i - 3]
      return earlier === undefined ? [frame] : [frame, tagged(earlier, 20, frame.capturedAt + 1)]
    })
    expect(said(twice)).toEqual(said(frames))
  })
})

import { describe, expect, test } from '@jest/globals'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { partitionOf } from '../../../lib/murmur2.ts'
import { clientProcessor } from '../../../processors/client-fold/client-processor.ts'
import { type Outcome, type Score } from '../../../schemas/generated/records.ts'
import { outcome, SECOND, sshConnection, T0 } from '../records.ts'

const CLIENT = '192.0.2.1'
const HASSH = 'b67a79cd1240c75af01e6025d503de52'
const PAIR = `ip-fp:${CLIENT}|${HASSH}#ssh`

type Step = Outcome['challenges'][number]
const step = (kind: string, result: string, elapsedMs = 5): Step => ({ kind, result, elapsedMs })

/** The newest score of client and program after outcomes, seconds after T0. */
function after(steps: readonly (readonly [number, readonly Step[]])[]): Score | undefined {
  const processor = clientProcessor(singleObjectCodec(), { clients: 10, pairs: 10 })
  const unit = partitionOf(CLIENT, 4)
  const record = sshConnection(CLIENT, T0, { hassh: HASSH })
  processor.step(unit, { type: 'SshConnection', record })
  let score: Score | undefined
  for (const [seconds, challenges] of steps) {
    const at = T0 + seconds * SECOND
    const told = outcome(CLIENT, at, { listener: 'ssh', fingerprint: HASSH, challenges })
    for (const output of processor.step(unit, { type: 'Outcome', record: told })) {
      if (output.kind !== 'record' || output.type !== 'Score') continue
      if (output.record.entity === PAIR) score = output.record
    }
  }
  return score
}

const natsOf = (score: Score | undefined, feature: string): number => {
  const row = score?.contributions.find((one) => one.feature === feature)
  return Number((row?.nats ?? 0).toFixed(2))
}

describe('answers to challenges, in the score of client and program', () => {
  test('wrong weighs 1.5, none in time 0.7, and no more than 4 together', () => {
    expect(
      natsOf(
        after([[1, [step('question', 'wrong'), step('puzzle', 'timeout')]]]),
        's_challenge_failed',
      ),
    ).toBe(2.2)
    const many = Array.from({ length: 9 }, () => step('question', 'wrong'))
    expect(natsOf(after([[1, many]]), 's_challenge_failed')).toBe(4)
    expect(
      natsOf(
        after([
          [1, many],
          [2, many],
        ]),
        's_challenge_failed',
      ),
    ).toBe(4)
  })

  test('what failing added ends with its episode of ten minutes, and not before', () => {
    const wrong = [step('question', 'wrong'), step('question', 'wrong')]
    const later = (seconds: number) => [seconds, [step('cookie', 'passed')]] as const
    expect(natsOf(after([[1, wrong], later(590)]), 's_challenge_failed')).toBeGreaterThan(2.9)
    expect(natsOf(after([[1, wrong], later(620)]), 's_challenge_failed')).toBe(0)
  })

  test('right answers lower it by 2.5 at the most, however many; a cookie proves nothing but the address', () => {
    const solved = [step('mac', 'passed'), step('puzzle', 'passed'), step('question', 'passed')]
    const wrong = Array.from({ length: 3 }, () => step('question', 'wrong'))
    const course = [
      [1, wrong],
      [2, solved],
      [3, solved],
    ] as const
    expect(natsOf(after(course), 'challenge')).toBeCloseTo(-2.5, 1)
    const cookies = Array.from({ length: 20 }, () => step('cookie', 'passed'))
    const met = [
      [1, wrong],
      [2, cookies],
    ] as const
    expect(natsOf(after(met), 'challenge')).toBe(0)
  })

  test('a puzzle that took this client far longer than ever is told with its time, and earns nothing', () => {
    const score = after([
      [1, [step('puzzle', 'slow', 9_000), step('question', 'wrong'), step('question', 'wrong')]],
    ])
    expect(natsOf(score, 's_challenge_ms')).toBe(0.35)
    expect(natsOf(score, 'challenge')).toBe(0)
    expect(score?.contributions.find(({ feature }) => feature === 's_challenge_ms')?.value).toBe(
      9_000,
    )
  })
})

import { expect, test } from '@jest/globals'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { partitionOf } from '../../../lib/murmur2.ts'
import { clientProcessor } from '../../../processors/client-fold/client-processor.ts'
import { type Outcome } from '../../../schemas/generated/records.ts'
import { outcome, SECOND, T0, tlsHello } from '../records.ts'

const CLIENT = '192.0.2.1'
const STABLE = 't13d1516h2_8daaf6152771_02713d6af862'
const PAIR = `ip-fp:${CLIENT}|${STABLE}#tls`

type Check = Outcome['challenges'][number]
const check = (kind: string, result: string): Check => ({ kind, result, elapsedMs: 5 })

/** Evidence of client and program after each outcome, seconds after T0; NaN where none was told. */
function course(steps: readonly (readonly [number, Partial<Outcome>])[]): readonly number[] {
  const processor = clientProcessor(singleObjectCodec(), { clients: 10, pairs: 10 })
  const unit = partitionOf(CLIENT, 4)
  processor.step(unit, {
    type: 'TlsHello',
    record: tlsHello(CLIENT, T0, { stableKey: STABLE }),
  })
  let nats = NaN
  return steps.map(([seconds, fields]) => {
    const at = T0 + seconds * SECOND
    const record = outcome(CLIENT, at, { fingerprint: STABLE, ...fields })
    for (const output of processor.step(unit, { type: 'Outcome', record })) {
      if (output.kind === 'record' && output.type === 'Score' && output.record.entity === PAIR) {
        nats = output.record.evidence
      }
    }
    return Number(nats.toFixed(1))
  })
}

test('a retry that was not met weighs 2.3 nats once, and what it added ends when it is met', () => {
  const wrong = { result: 'failed', challenges: [check('hello-retry', 'wrong')] } as const
  const passed = { result: 'completed', challenges: [check('hello-retry', 'passed')] } as const
  const [first = 0, again, after] = course([
    [1, wrong],
    [2, wrong],
    [3, passed],
  ])
  expect(again).toBe(first)
  expect(after).toBeCloseTo(first - 2.3, 1)
})

test('what it added ends with its episode of 15 minutes too', () => {
  const wrong = { result: 'failed', challenges: [check('hello-retry', 'wrong')] } as const
  const [first = 0, within = 0, over = 0] = course([
    [1, wrong],
    [600, { result: 'failed' }],
    [1_000, { result: 'failed' }],
  ])
  expect(within).toBeGreaterThan(first - 0.2)
  expect(over).toBeCloseTo(first - 2.3, 0)
})

test('checks that every client passes earn nothing; only an authenticated exchange does', () => {
  const passed = [check('full-handshake', 'passed'), check('hello-retry', 'passed')]
  const served = { result: 'completed', challenges: passed } as const
  const [before, after, proven = 0] = course([
    [1, { result: 'completed', challenges: [] }],
    [2, served],
    [3, { ...served, authenticated: true }],
  ])
  expect(after).toBe(before)
  expect(proven).toBeLessThan(-2)
})

import { describe, expect, test } from '@jest/globals'
import { HabitFold } from '../../../processors/habit-fold/habit-fold.ts'
import { type FoldOutput } from '../../../processors/client-fold/fold-output.ts'
import { type Habit, type Outcome, type Served } from '../../../schemas/generated/records.ts'
import { outcome, SECOND, T0, tlsHandshake } from '../records.ts'
import { bytesOf, loadAll } from '../saved.ts'

const STABLE = 't13d1516h2_8daaf6152771_02713d6af862'
const BASE = {
  server: 'd1',
  fingerprint: STABLE,
  bytesIn: 500,
  bytesOut: 20_000,
  durationMs: 80,
} as const
let ids = 0

function id(): Buffer {
  ids += 1
  const made = Buffer.alloc(16)
  made.writeUInt32BE(ids, 0)
  return made
}

function tell(
  fold: HabitFold,
  client: string,
  at: number,
  over: Partial<Outcome> = {},
): readonly FoldOutput[] {
  const record = outcome(client, at, { eventId: id(), ...BASE, ...over })
  return fold.step({ type: 'Outcome', record })
}

function served(outputs: readonly FoldOutput[]): Served[] {
  return outputs.flatMap((o): Served[] =>
    o.kind === 'record' && o.type === 'Served' ? [o.record] : [],
  )
}

function habits(outputs: readonly FoldOutput[]): Habit[] {
  return outputs.flatMap((o): Habit[] =>
    o.kind === 'record' && o.type === 'Habit' ? [o.record] : [],
  )
}

describe('how a client uses the service', () => {
  test('three connections make a habit, of the client and of the client with its program', () => {
    const fold = new HabitFold()
    const told = [0, 1, 2].map((i) => habits(tell(fold, '192.0.2.1', T0 + i * SECOND)))
    expect(told.slice(0, 2)).toEqual([[], []])
    expect(
      told[2]?.map(({ entity, size, pace, resumption }) => [entity, size, pace, resumption]),
    ).toEqual([
      ['ip:192.0.2.1', 'small', 'interactive', 'fresh'],
      [`ip-fp:192.0.2.1|${STABLE}`, 'small', 'interactive', 'fresh'],
    ])
  })

  test('a connection teaches once, whichever tiers tell of it, and one without a question not at all', () => {
    const fold = new HabitFold()
    const connectionId = id()
    const both = { connectionId, server: 'primary-1' }
    const told = [
      tell(fold, '192.0.2.1', T0, both),
      tell(fold, '192.0.2.1', T0, { connectionId }),
      tell(fold, '192.0.2.1', T0 + SECOND, { bytesIn: 0, bytesOut: 0, server: null }),
      tell(fold, '192.0.2.1', T0 + 2 * SECOND),
      tell(fold, '192.0.2.1', T0 + 3 * SECOND),
    ].map(habits)
    expect(told.map(({ length }) => length > 0)).toEqual([false, false, false, false, true])
  })

  test('big and long connections are bulk and lasting', () => {
    const fold = new HabitFold()
    const big = { bytesOut: 500_000_000, durationMs: 30_000 }
    const told = [0, 1, 2].flatMap((i) => habits(tell(fold, '192.0.2.1', T0 + i * SECOND, big)))
    expect(told[0]).toMatchObject({ size: 'bulk', pace: 'lasting' })
  })

  test('a round trip that is long makes a long connection interactive', () => {
    const fold = new HabitFold()
    const record = {
      ...tlsHandshake('192.0.2.1', T0, { rttMs: 600, stableKey: STABLE, resumed: true }),
      eventId: id(),
    }
    fold.step({ type: 'TlsHandshake', record })
    const told = [1, 2, 3].flatMap((i) =>
      habits(tell(fold, '192.0.2.1', T0 + i * SECOND, { durationMs: 20_000 })),
    )
    expect(told[0]).toMatchObject({ pace: 'interactive', resumption: 'resumes' })
  })

  test('a class is told again only when it changed, and is left with a margin', () => {
    const fold = new HabitFold()
    let changes = 0
    for (let i = 0; i < 200; i += 1) {
      // Around 64 KiB, the first bound.
      const bytesOut = i % 2 === 0 ? 60_000 : 71_000
      changes += habits(
        tell(fold, '192.0.2.1', T0 + i * SECOND, { bytesOut, fingerprint: null }),
      ).length
    }
    expect(changes).toBe(1)
  })

  test('ten thousand strangers push out habits, which are withdrawn, and nothing grows', () => {
    const fold = new HabitFold(100)
    let withdrawn = 0
    for (let i = 0; i < 10_000; i += 1) {
      const outputs = tell(fold, `10.0.${i >> 8}.${i & 255}`, T0 + i * 1000, { fingerprint: null })
      withdrawn += outputs.filter(({ kind }) => kind === 'withdraw').length
    }
    expect([fold.size, withdrawn]).toEqual([100, 9_900])
  })

  test('an erased client is forgotten and withdrawn', () => {
    const fold = new HabitFold()
    for (const i of [0, 1, 2]) tell(fold, '192.0.2.1', T0 + i * SECOND)
    tell(fold, '192.0.2.10', T0)
    expect(fold.erase('192.0.2.1', 5).map(({ key }) => key)).toEqual([
      'habit:ip:192.0.2.1',
      `habit:ip-fp:192.0.2.1|${STABLE}`,
    ])
    expect(fold.size).toBe(2)
  })
})

describe('what an end says of the server', () => {
  test.each([
    ['completed', {}, ['success']],
    ['failed by the server', { result: 'failed', terminationState: 'SD' }, ['failure']],
    ['failed by the client', { result: 'failed', terminationState: 'CD' }, []],
    ['failed', { result: 'failed' }, ['failure']],
    ['within the objective', { latencyMs: 90, objectiveMs: 100 }, ['success']],
    ['later than the objective', { latencyMs: 110, objectiveMs: 100 }, ['failure']],
    ['of no server', { server: null }, []],
    ['a false positive', { result: 'false-positive' }, []],
  ] as const)('%s', (_name, over, verdicts) => {
    expect(
      served(tell(new HabitFold(), '192.0.2.1', T0, over)).map(({ verdict }) => verdict),
    ).toEqual(verdicts)
  })

  test('the group the API chose by is believed, a made-up one is not', () => {
    const fold = new HabitFold()
    const group = 'h2/bulk/lasting/fresh/low'
    expect(served(tell(fold, '192.0.2.1', T0, { group }))[0]?.group).toBe(group)
    expect(served(tell(fold, '192.0.2.2', T0, { group: 'x'.repeat(500) }))[0]?.group).toBe(
      'unknown/new/low',
    )
  })

  test('one client that tells a thousand ends weighs as a few dozen', () => {
    const fold = new HabitFold()
    let sum = 0
    for (let i = 0; i < 1_000; i += 1) {
      sum += served(tell(fold, '192.0.2.1', T0 + i * 1000))[0]?.weight ?? 0
    }
    expect(sum).toBeGreaterThan(16)
    expect(sum).toBeLessThan(90)
  })

  test('slower than the group is used to is a bad fit, faster a good one', () => {
    const fold = new HabitFold()
    const group = 'h2/small/interactive/fresh/low'
    for (let i = 0; i < 20; i += 1) tell(fold, `192.0.2.${i}`, T0 + i, { group, latencyMs: 100 })
    const fit = (latencyMs: number): number =>
      served(tell(fold, '198.51.100.1', T0 + SECOND, { group, latencyMs }))[0]?.fit ?? -1
    expect(fit(100)).toBeCloseTo(0.5, 1)
    expect(fit(400)).toBeLessThan(0.25)
    expect(fit(25)).toBeGreaterThan(0.75)
  })

  test('a late incident takes back the success it followed, once, by decision or by connection', () => {
    const fold = new HabitFold()
    const [decisionId, connectionId] = [id(), id()]
    tell(fold, '192.0.2.1', T0, { decisionId, connectionId, group: 'h2/new/low' })
    const late = T0 + 60 * SECOND
    const first = served(
      tell(fold, '192.0.2.1', late, { result: 'incident', connectionId, server: null }),
    )
    expect(first).toMatchObject([
      { serverId: 'd1', group: 'h2/new/low', verdict: 'taken-back', since: T0, weight: 1 },
    ])
    expect(served(tell(fold, '192.0.2.1', late, { result: 'incident', decisionId }))).toEqual([])
  })

  test('a revoked success is taken back', () => {
    const fold = new HabitFold()
    const eventId = id()
    tell(fold, '192.0.2.1', T0, { eventId })
    const outputs = tell(fold, '192.0.2.1', T0 + SECOND, { revokes: eventId })
    expect(served(outputs).map(({ verdict }) => verdict)).toEqual(['taken-back'])
  })

  test('the same outcome twice counts once', () => {
    const fold = new HabitFold()
    const eventId = id()
    expect(served(tell(fold, '192.0.2.1', T0, { eventId }))).toHaveLength(1)
    expect(served(tell(fold, '192.0.2.1', T0, { eventId }))).toHaveLength(0)
  })
})

test('what was saved goes on as if nothing had been', () => {
  const fold = new HabitFold()
  const decisionId = id()
  for (let i = 0; i < 700; i += 1) {
    tell(fold, `192.0.2.${i % 40}`, T0 + i * SECOND, {
      bytesOut: 1000 * (1 + (i % 7)),
      decisionId: i === 699 ? decisionId : null,
    })
  }
  const again = new HabitFold()
  loadAll(again.load(), bytesOf(fold.save()))
  const start = ids
  const future = (of: HabitFold): readonly FoldOutput[] => {
    ids = start
    const incident = tell(of, '192.0.2.19', T0 + 700 * SECOND, { result: 'incident', decisionId })
    const more = Array.from({ length: 50 }, (_, i) =>
      tell(of, `192.0.2.${i}`, T0 + (701 + i) * SECOND),
    )
    return [...incident, ...more.flat()]
  }
  expect(future(again)).toEqual(future(fold))
})

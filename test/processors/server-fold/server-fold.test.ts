import { describe, expect, test } from '@jest/globals'
import { reputationOf, type Posterior } from '../../../behaviour/servers/posterior.ts'
import { ServerFold } from '../../../processors/server-fold/server-fold.ts'
import { type Reputation, type Served } from '../../../schemas/generated/records.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { SECOND, T0 } from '../records.ts'
import { bytesOf, loadAll } from '../saved.ts'

const GROUP = 'h2/small/interactive/fresh/low'
let ids = 0

function served(over: Partial<Served>): Served {
  ids += 1
  const eventId = Buffer.alloc(16)
  eventId.writeUInt32BE(ids, 0)
  const base = { serverId: 'd1', group: GROUP, verdict: 'success', fit: 0.5, weight: 1 } as const
  const at = over.observedAt ?? T0
  return exampleRecord('Served', {
    eventId,
    ...base,
    observedAt: at,
    ingestedAt: at,
    since: at,
    ...over,
  })
}

function run(fold: ServerFold, records: readonly Partial<Served>[]): Reputation[] {
  return records.flatMap((record) =>
    fold
      .step({ type: 'Served', record: served(record) })
      .flatMap((o): Reputation[] =>
        o.kind === 'record' && o.type === 'Reputation' ? [o.record] : [],
      ),
  )
}

/** `count` outcomes of one verdict, a second apart from `from`. */
function row(
  verdict: Served['verdict'],
  count: number,
  from: number,
  over: Partial<Served> = {},
): Partial<Served>[] {
  return Array.from({ length: count }, (_, i) => ({
    verdict,
    observedAt: from + i * SECOND,
    ...over,
  }))
}

function meanOf(told: Reputation | undefined, group: string): number {
  const find = (name: string): Posterior | undefined => {
    const found = told?.groups.find((known) => known.group === name)
    return found && { ...found, surprise: 0, asOfMs: (told?.asOf ?? 0) / 1000 }
  }
  return reputationOf(find(group), find('*'), (told?.asOf ?? 0) / 1000).mean
}

describe('reputations of servers', () => {
  test('a server that turns bad is told of at once: within a dozen outcomes the API knows', () => {
    const fold = new ServerFold()
    run(fold, row('success', 300, T0))
    const told = run(fold, row('failure', 12, T0 + 300 * SECOND))
    expect(told.length).toBeGreaterThan(3)
    expect(meanOf(told.at(-1), GROUP)).toBeLessThan(0.45)
  })

  test('what fails one group leaves the others their own opinion, and tells those who have none', () => {
    const fold = new ServerFold()
    const other = 'http1/bulk/lasting/fresh/low'
    run(fold, row('success', 64, T0, { group: other }))
    const told = run(fold, [
      ...row('failure', 40, T0 + 64 * SECOND),
      ...row('success', 20, T0 + 104 * SECOND, { group: other }),
    ]).at(-1)
    expect(meanOf(told, other)).toBeGreaterThan(0.85)
    expect(meanOf(told, GROUP)).toBeLessThan(0.2)
    expect(meanOf(told, 'h2/new/low')).toBeLessThan(0.75)
  })

  test('clients of raised risk cannot talk a server down for others', () => {
    const fold = new ServerFold()
    const raised = 'h2/new/raised'
    run(fold, row('success', 50, T0))
    const told = run(fold, row('failure', 500, T0 + 50 * SECOND, { group: raised })).at(-1)
    expect(meanOf(told, raised)).toBeLessThan(0.1)
    expect(meanOf(told, GROUP)).toBeGreaterThan(0.9)
  })

  test('a steady server is told of now and then, not at every outcome', () => {
    const told = run(new ServerFold(), row('success', 600, T0))
    expect(told.length).toBeLessThan(60)
    expect(told.length).toBeGreaterThanOrEqual(20)
  })

  test('a success that is taken back is gone, as far as it had not faded', () => {
    const fold = new ServerFold()
    const before = run(fold, row('success', 1, T0))[0]
    const after = run(fold, [{ verdict: 'taken-back', observedAt: T0 + 2 * SECOND, since: T0 }])[0]
    expect(before?.groups.find(({ group }) => group === GROUP)?.alpha).toBeCloseTo(1, 3)
    expect(after?.groups.find(({ group }) => group === GROUP)?.alpha ?? 0).toBeCloseTo(0, 2)
  })

  test('the same word twice counts once', () => {
    const fold = new ServerFold()
    const record = served({})
    expect(fold.step({ type: 'Served', record })).toHaveLength(1)
    expect(
      fold.step({ type: 'Served', record: { ...record, observedAt: T0 + 60 * SECOND } }),
    ).toEqual([])
  })

  test('servers and groups without end stay bounded', () => {
    const fold = new ServerFold()
    for (let i = 0; i < 12_000; i += 1) run(fold, [{ serverId: `s${i}`, observedAt: T0 + i }])
    expect(fold.size).toBe(10_000)
    const told = run(
      fold,
      Array.from({ length: 500 }, (_, i) => ({
        serverId: 's0',
        group: `g${i}/new/low`,
        observedAt: T0 + (i + 100) * SECOND,
      })),
    )
    expect(Math.max(...told.map(({ groups }) => groups.length))).toBeLessThanOrEqual(64)
  })

  test('what was saved goes on as if nothing had been', () => {
    const fold = new ServerFold()
    run(fold, [...row('success', 30, T0), ...row('failure', 2, T0 + 30 * SECOND)])
    const again = new ServerFold()
    loadAll(again.load(), bytesOf(fold.save()))
    const start = ids
    const future = (of: ServerFold): Reputation[] => {
      ids = start
      return run(of, [
        ...row('failure', 5, T0 + 40 * SECOND),
        ...row('success', 40, T0 + 50 * SECOND),
      ])
    }
    expect(future(again)).toEqual(future(fold))
  })
})

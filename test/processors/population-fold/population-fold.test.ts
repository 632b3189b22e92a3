import { describe, expect, test } from '@jest/globals'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { eventId } from '../../../lib/event-id.ts'
import { PopulationFold } from '../../../processors/population-fold/population-fold.ts'
import { type Population, type Sighting } from '../../../schemas/generated/records.ts'
import { SECOND, T0 } from '../records.ts'
import { bytesOf, loadAll } from '../saved.ts'

const DAY = 86_400 * SECOND

function sighting(
  n: number,
  fields: Partial<Sighting> = {},
): { type: 'Sighting'; record: Sighting } {
  return {
    type: 'Sighting',
    record: {
      eventId: eventId('Sighting', `${n}`, 0),
      observedAt: T0,
      ingestedAt: T0,
      sensor: 'test',
      site: 'here',
      kind: 'fp',
      key: 'a',
      protocol: 'tls',
      client: `10.${n >> 8}.${n & 255}.1`,
      verdict: 'seen',
      proven: true,
      amount: 1,
      ...fields,
    },
  }
}

function table(fold: PopulationFold, sightings: readonly ReturnType<typeof sighting>[]) {
  const rows = new PopulationTable()
  for (const output of sightings.flatMap((one) => fold.step(one))) {
    if (output.kind === 'record' && output.type === 'Population') rows.apply(output.record)
  }
  return (kind: Population['kind'], key: string) => rows.find(kind, 'tls', key)
}

describe('the population', () => {
  test('counts client-days of a fingerprint, and of all together', () => {
    const find = table(new PopulationFold(), [
      sighting(1),
      sighting(2),
      sighting(3, { key: 'b' }),
      sighting(4, { verdict: 'hostile' }),
    ])
    expect(find('fp', 'a')).toMatchObject({ weight: 2, hostile: 1, trusted: 0, total: 3 })
    expect(find('global', 'tls')).toMatchObject({ weight: 3, total: 3, distinct: 2, hostile: 1 })
  })

  test('forgets by half in 7 days', () => {
    const find = table(new PopulationFold(), [
      sighting(1),
      sighting(2, { observedAt: T0 + 7 * DAY }),
    ])
    expect(find('fp', 'a')).toMatchObject({ weight: 1.5 })
  })

  test('counts a sighting that was appended twice once', () => {
    const find = table(new PopulationFold(), [sighting(1), sighting(1), sighting(1)])
    expect(find('fp', 'a')).toMatchObject({ weight: 1 })
  })

  test('lets no network count more than four times a day for one value', () => {
    const crowd = Array.from({ length: 50 }, (_, i) => sighting(i, { client: `10.0.0.${i}` }))
    expect(table(new PopulationFold(), crowd)('fp', 'a')).toMatchObject({ weight: 4 })
  })

  test('lets the unproven move counts and never a reputation', () => {
    const find = table(new PopulationFold(), [
      sighting(1, { proven: false }),
      sighting(2, { proven: false, verdict: 'hostile' }),
    ])
    expect(find('fp', 'a')).toMatchObject({ weight: 1, hostile: 0 })
  })

  test('tells that a value faded to nothing, and forgets it', () => {
    const fold = new PopulationFold()
    for (let i = 0; i < 50; i += 1) fold.step(sighting(i, { key: `random-${i}` }))
    const gone: string[] = []
    const later = (n: number, days: number): void => {
      const key = 'common'
      for (const output of fold.step(sighting(n, { key, observedAt: T0 + days * DAY }))) {
        if (output.kind === 'withdraw') gone.push(`${output.topic} ${output.key}`)
      }
    }
    for (let n = 100; n < 130; n += 1) later(n, 20)
    expect(gone).toEqual([])
    for (let n = 200; n < 230; n += 1) later(n, 31)
    expect(gone.sort()).toEqual(
      Array.from({ length: 50 }, (_, i) => `population fp:random-${i}#tls`).sort(),
    )
    const find = table(fold, [sighting(300, { key: 'one', observedAt: T0 + 40 * DAY })])
    expect(find('global', 'tls')).toMatchObject({ distinct: 2 })
  })

  test('goes on from a snapshot as if nothing had happened', () => {
    const fold = new PopulationFold()
    for (let i = 0; i < 60; i += 1) fold.step(sighting(i, { key: `k${i % 5}` }))
    const twin = new PopulationFold()
    loadAll(twin.load(), bytesOf(fold.save()))
    const next = [sighting(3), sighting(100, { key: 'k1' }), sighting(101, { key: 'new' })]
    expect(next.map((one) => twin.step(one))).toEqual(next.map((one) => fold.step(one)))
  })
})

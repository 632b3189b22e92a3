import { expect, test } from '@jest/globals'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { ClientFold } from '../../../processors/client-fold/client-fold.ts'
import { Lists } from '../../../processors/client-fold/lists.ts'
import { type Outcome, type Score } from '../../../schemas/generated/records.ts'
import { outcome, SECOND, T0 } from '../records.ts'

const CLIENT = '192.0.2.1'
const STABLE = 't13d1516h2_8daaf6152771_02713d6af862'
const HOUR = 3_600 * SECOND
let told = 0

/** The newest score of client and program after these outcomes, one fold for all. */
function scores(outcomes: readonly (readonly [at: number, fields: Partial<Outcome>])[]): Score[] {
  const fold = new ClientFold({ population: new PopulationTable(), lists: new Lists() })
  return outcomes.flatMap(([at, fields]) => {
    told += 1
    const eventId = Buffer.alloc(16, told)
    const record = outcome(CLIENT, at, { eventId, fingerprint: STABLE, ...fields })
    return fold.step({ type: 'Outcome', record }).flatMap((output): Score[] => {
      if (output.kind !== 'record' || output.type !== 'Score') return []
      return output.record.kind === 'ip-fp' ? [output.record] : []
    })
  })
}

test('a score carries its highest value of lately, which fades half as fast as the score', () => {
  const [first, second] = scores([
    [T0, { result: 'incident' }],
    [T0 + 12 * HOUR, { result: 'incident' }],
  ])
  const half = (first?.halfLifeMs ?? 0) / 3_600_000
  expect(half).toBeGreaterThan(0)
  expect(first?.peak).toBeCloseTo(first?.value ?? 0, 5)
  const faded = (first?.peak ?? 0) * 2 ** (-12 / (2 * half))
  expect(second?.peak).toBeCloseTo(Math.max(faded, second?.value ?? 0), 4)
})

test('a proof ends the peak: who is let out by it is not held by the past', () => {
  const all = scores([
    [T0, { result: 'incident' }],
    [T0 + SECOND, { result: 'completed', authenticated: true }],
  ])
  const [before, after] = [all[0], all.at(-1)]
  expect(before?.peak).toBeGreaterThan(0.7)
  expect(after?.value).toBeLessThan(before?.value ?? 0)
  expect(after?.peak).toBeCloseTo(after?.value ?? 0, 5)
})

test('a false positive ends it as well', () => {
  const all = scores([
    [T0, { result: 'incident' }],
    [T0 + SECOND, { result: 'false-positive' }],
  ])
  expect(all.at(-1)?.peak).toBeCloseTo(all.at(-1)?.value ?? 1, 5)
})

import { describe, expect, test } from '@jest/globals'
import { clopperPearson, incompleteBeta } from '../../../lib/statistics/clopper-pearson.ts'
import {
  averagePrecision,
  detectedAt,
  median,
  overpromise,
} from '../../../processors/evaluation/curves.ts'

const of = (hostile: boolean, ...scores: readonly number[]) =>
  scores.map((score) => ({ score, hostile }))

describe('intervals', () => {
  // R: binom.test(0, 10), binom.test(5, 10), binom.test(10, 10), binom.test(3, 1000).
  test.each([
    [0, 10, 0, 0.3084971],
    [5, 10, 0.187086, 0.812914],
    [10, 10, 0.6915029, 1],
    [3, 1000, 0.000619, 0.0087414],
  ])('of %i in %i are [%f, %f]', (successes, n, low, high) => {
    const [from, to] = clopperPearson(successes, n)
    expect(from).toBeCloseTo(low, 5)
    expect(to).toBeCloseTo(high, 5)
  })

  test('of nothing say nothing', () => {
    expect(clopperPearson(0, 0)).toEqual([0, 1])
    expect(incompleteBeta(0.5, 2, 2)).toBeCloseTo(0.5, 9)
  })
})

test('detection at a rate uses the threshold that one benign score too many sets', () => {
  const scored = [...of(false, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), ...of(true, 9.5, 11, 12, 0)]
  expect(detectedAt(scored, 0)).toMatchObject({ of: 2, n: 4, at: 10 })
  expect(detectedAt(scored, 0.1)).toMatchObject({ of: 3, n: 4, at: 9 })
})

test('average precision is 1 for a perfect order and the prevalence for none', () => {
  expect(averagePrecision([...of(true, 3, 4), ...of(false, 1, 2)])).toBe(1)
  expect(averagePrecision([...of(true, 1), ...of(false, 1, 1, 1)])).toBe(0.25)
  expect(averagePrecision([])).toBe(0)
})

test('p-values that are uniform promise nothing too much', () => {
  expect(overpromise([0.25, 0.5, 0.75, 1])).toBe(0)
  expect(overpromise([0.1, 0.1, 0.1, 0.9])).toBeCloseTo(0.65, 9)
})

test('medians', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([])).toBeNull()
})

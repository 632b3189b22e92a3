import { describe, expect, test } from '@jest/globals'
import { binOf, BINS, FIRST_BOUNDS, learnBounds } from '../../../behaviour/servers/size-classes.ts'

/** Counts of three kinds of connection, each spread over a few powers of two. */
function counts(kinds: readonly (readonly [log2: number, share: number])[]): Float64Array {
  const made = new Float64Array(BINS)
  for (const [log2, share] of kinds) {
    for (const [off, part] of [
      [-2, 0.1],
      [-1, 0.2],
      [0, 0.4],
      [1, 0.2],
      [2, 0.1],
    ] as const) {
      made[log2 + off] = (made[log2 + off] ?? 0) + 10_000 * share * part
    }
  }
  return made
}

describe('where small, medium and bulk begin', () => {
  test.each([
    [0, 0],
    [1, 1],
    [65_535, 16],
    [1 << 22, 22],
    [2 ** 60, 31],
  ])('%d bytes are in bin %d', (bytes, bin) => {
    expect(binOf(bytes)).toBe(bin)
  })

  test('the bounds lie in the gaps between the kinds', () => {
    const { medium, bulk } = learnBounds(
      counts([
        [10, 0.6],
        [18, 0.3],
        [28, 0.1],
      ]),
      FIRST_BOUNDS,
    )
    expect(medium).toBeGreaterThan(12)
    expect(medium).toBeLessThanOrEqual(16)
    expect(bulk).toBeGreaterThan(20)
    expect(bulk).toBeLessThanOrEqual(26)
  })

  test('they follow when the service changes', () => {
    const { medium, bulk } = learnBounds(
      counts([
        [5, 0.5],
        [12, 0.3],
        [20, 0.2],
      ]),
      FIRST_BOUNDS,
    )
    expect(medium).toBeGreaterThan(7)
    expect(medium).toBeLessThanOrEqual(10)
    expect(bulk).toBeGreaterThan(14)
    expect(bulk).toBeLessThanOrEqual(18)
  })

  test('they stay where the others are hardly better, and where little was seen', () => {
    const seen = counts([
      [10, 0.6],
      [18, 0.3],
      [28, 0.1],
    ])
    const learned = learnBounds(seen, FIRST_BOUNDS)
    expect(learnBounds(seen, learned)).toBe(learned)
    expect(learnBounds(new Float64Array(BINS).fill(1), FIRST_BOUNDS)).toBe(FIRST_BOUNDS)
  })
})

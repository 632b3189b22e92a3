import { describe, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { searchSubPuzzle } from '../../../protocols/challenge/puzzle-search.ts'
import {
  checkSolution,
  expectedHashes,
  puzzleOf,
  puzzlePrefix,
} from '../../../protocols/challenge/puzzle.ts'

const PREFIX = createHash('sha256').update('prefix').digest()

describe('the puzzle', () => {
  test('is as hard as it was asked to be, however fractional', () => {
    fc.assert(
      fc.property(fc.double({ min: 64, max: 2 ** 26, noNaN: true }), (hashes) => {
        expect(Math.abs(expectedHashes(puzzleOf(hashes)) / hashes - 1)).toBeLessThan(0.001)
      }),
    )
  })

  test('never has a target that nothing or everything meets by mistake', () => {
    expect(puzzleOf(0)).toEqual({ subPuzzles: 64, target: 2 ** 32 - 1 })
    expect(puzzleOf(2 ** 60)).toEqual({ subPuzzles: 64, target: 1 })
  })

  test('hangs on nonce, connection and token, each with its length', () => {
    const input = { nonce: Buffer.from('ab'), bind: Buffer.from('c'), token: 'd' }
    const same = puzzlePrefix(input)
    expect(puzzlePrefix({ ...input })).toEqual(same)
    expect(
      puzzlePrefix({ ...input, nonce: Buffer.from('a'), bind: Buffer.from('bc') }),
    ).not.toEqual(same)
    expect(puzzlePrefix({ ...input, token: 'e' })).not.toEqual(same)
  })

  test('a bogus answer of any length is refused at its first wrong hash', () => {
    const terms = puzzleOf(2 ** 20)
    expect(checkSolution(PREFIX, terms, Buffer.alloc(256))).toEqual({ kind: 'unsolved', at: 0 })
    expect(checkSolution(PREFIX, terms, Buffer.alloc(255))).toEqual({ kind: 'wrong-length' })
    expect(checkSolution(PREFIX, terms, Buffer.alloc(0))).toEqual({ kind: 'wrong-length' })
  })

  test('the hashes it takes spread little: p95 is at most 1.3 times the median', () => {
    const counts = Array.from({ length: 120 }, (_, run) => {
      const prefix = createHash('sha256').update(`run ${run}`).digest()
      const { subPuzzles, target } = puzzleOf(64 * 24)
      return Array.from({ length: subPuzzles }, (__, at) => {
        const step = searchSubPuzzle(prefix, target, at, 0, 1e5)
        return step.kind === 'found' ? step.counter + 1 : Number.NaN
      }).reduce((sum, count) => sum + count, 0)
    }).sort((a, b) => a - b)
    const [median = 0, p95 = 0] = [counts[60], counts[114]]
    expect(median).toBeGreaterThan(64 * 24 * 0.9)
    expect(median).toBeLessThan(64 * 24 * 1.1)
    expect(p95 / median).toBeLessThanOrEqual(1.3)
  })

  test('a search goes on where it stopped, and ends when nothing is left to try', () => {
    const whole = searchSubPuzzle(PREFIX, 2 ** 20, 3, 0, 1e6)
    let step = searchSubPuzzle(PREFIX, 2 ** 20, 3, 0, 100)
    while (step.kind === 'searching') step = searchSubPuzzle(PREFIX, 2 ** 20, 3, step.next, 100)
    expect(step).toEqual(whole)
    expect(searchSubPuzzle(PREFIX, 1, 0, 2 ** 32 - 10, 100)).toEqual({ kind: 'exhausted' })
  })
})

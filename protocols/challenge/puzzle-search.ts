import { hash } from 'node:crypto'

/** Where a search of one sub-puzzle is. */
export type SearchStep =
  | { readonly kind: 'found'; readonly counter: number }
  /** Not among the tries made; go on at `next`. */
  | { readonly kind: 'searching'; readonly next: number }
  /** All 2^32 counters tried. */
  | { readonly kind: 'exhausted' }

const COUNTERS = 2 ** 32

/**
 * Tries up to `tries` counters of sub-puzzle `index` from `from` on. Cut in chunks, so that worker threads can share the
 * sub-puzzles, tell how far they are and be stopped.
 */
export function searchSubPuzzle(
  prefix: Uint8Array,
  target: number,
  index: number,
  from: number,
  tries: number,
): SearchStep {
  const input = Buffer.alloc(40)
  input.set(prefix)
  input.writeUInt32BE(index, 32)
  const end = Math.min(COUNTERS, from + tries)
  for (let counter = from; counter < end; counter += 1) {
    input.writeUInt32BE(counter, 36)
    if (hash('sha256', input, 'buffer').readUInt32BE(0) < target) return { kind: 'found', counter }
  }
  return end === COUNTERS ? { kind: 'exhausted' } : { kind: 'searching', next: end }
}

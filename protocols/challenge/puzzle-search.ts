import { compressRounds, extendSchedule, INITIAL_STATE } from './sha256-block.ts'

/** Where a search of one sub-puzzle is. */
export type SearchStep =
  | { readonly kind: 'found'; readonly counter: number }
  /** Not among the tries made; go on at `next`. */
  | { readonly kind: 'searching'; readonly next: number }
  /** All 2^32 counters tried. */
  | { readonly kind: 'exhausted' }

const COUNTERS = 2 ** 32
/** Which word of the block the counter is; the rounds before it are the same for all tries. */
const COUNTER_WORD = 9

/**
 * Tries up to `tries` counters of sub-puzzle `index` from `from` on: `SHA-256(prefix || uint32 index || uint32 counter)`
 * must begin with a number below `target` (puzzle.ts). Cut in chunks, so that worker threads can share the sub-puzzles,
 * tell how far they are and be stopped. `prefix` is 32 bytes.
 */
export function searchSubPuzzle(
  prefix: Uint8Array,
  target: number,
  index: number,
  from: number,
  tries: number,
): SearchStep {
  const words = blockOf(prefix, index)
  const before = Int32Array.from(INITIAL_STATE)
  compressRounds(before, words, 0, COUNTER_WORD)
  const state = new Int32Array(8)
  const initial = INITIAL_STATE[0] ?? 0
  const end = Math.min(COUNTERS, from + tries)
  for (let counter = from; counter < end; counter += 1) {
    words[COUNTER_WORD] = counter
    extendSchedule(words)
    state.set(before)
    compressRounds(state, words, COUNTER_WORD, 64)
    if (((state[0] ?? 0) + initial) >>> 0 < target) return { kind: 'found', counter }
  }
  return end === COUNTERS ? { kind: 'exhausted' } : { kind: 'searching', next: end }
}

/** The padded block of 40 bytes, with room for its schedule: prefix, index, counter, a one bit, the length in bits. */
function blockOf(prefix: Uint8Array, index: number): Int32Array {
  const view = new DataView(prefix.buffer, prefix.byteOffset, 32)
  const words = new Int32Array(64)
  for (let at = 0; at < 8; at += 1) words[at] = view.getInt32(4 * at)
  words[8] = index
  words[10] = 1 << 31
  words[15] = 8 * 40
  return words
}

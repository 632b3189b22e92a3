import { lnSumExp } from '../../lib/statistics/ln-sum-exp.ts'
import { lnKtBernoulli, lnKtUniform } from './kt-e-value.ts'
import { lnStuckBits } from './stuck-bits.ts'

/** Words of the state for nonces of `bytes` bytes (32 or 16). */
export function batteryWords(bytes: 16 | 32): number {
  return AT.previous + (3 * bytes) / 4
}

/** Where the counts lie in the state, in 32-bit words; three values of the nonce's length follow. */
const AT = {
  values: 0,
  /** 32-bit words looked at, alone and beside the one before. */
  words: 1,
  pairs: 2,
  ones: 3,
  transitions: 4,
  flips: 5,
  printable: 6,
  zeros: 7,
  near: 8,
  gmt: 9,
  /** 16 counts of 16 bits. */
  nibbles: 10,
  previous: 18,
} as const

/** After this many values the battery begins anew, so that a client that turns bad is seen. */
const MOST_VALUES = 1_000
/** Within a day of now: bytes 0 to 3 are a clock (gmt_unix_time, RFC 5246 7.4.1.2). */
const GMT_WINDOW_S = 86_400
/** Words that differ by less than 2^16 from the one before are a counter's: P = 2^-15. */
const NEAR = 0x10000

const PRINTABLE = 95 / 256

/** What was found least random, and how sure that is. */
export interface NonceVerdict {
  /** ln of the e-value: P(it ever reaches x | good randomness) ≤ e^-x. */
  readonly lnE: number
  readonly worst: NonceFault
}

export type NonceFault =
  'stuck-bits' | 'flips' | 'counter' | 'text' | 'zeros' | 'ones' | 'runs' | 'nibbles'

/**
 * Takes one more nonce of a client into the running counts. A value equal to the one before is left to
 * the test for duplicates. `atS` (seconds since 1970) tells a clock in the first four bytes, a trait of
 * old stacks and no fault (behaviour-models 5.1): from then on the first word is left out.
 */
export function observeNonce(state: Uint32Array, nonce: Uint8Array, atS: number): void {
  const words = nonce.length / 4
  if (nonce.length !== 32 && nonce.length !== 16) return
  if (get(state, AT.values) >= MOST_VALUES) state.fill(0)
  const n = get(state, AT.values)
  if (n > 0 && isPrevious(state, nonce)) return
  if (nonce.length === 32 && Math.abs(wordAt(nonce, 0) - atS) <= GMT_WINDOW_S) state[AT.gmt] = 1
  const first = get(state, AT.gmt) === 1 ? 1 : 0
  for (let i = first; i < words; i += 1) {
    countWord(state, wordAt(nonce, i), n > 0 ? get(state, AT.previous + i) : undefined)
    if (i > first) {
      // The bit between two words.
      add(state, AT.transitions, (wordAt(nonce, i - 1) & 1) ^ (wordAt(nonce, i) >>> 31))
    }
  }
  for (let i = 0; i < words; i += 1) {
    const word = wordAt(nonce, i)
    const and = AT.previous + words + i
    state[and] = n === 0 ? word : get(state, and) & word
    state[and + words] = n === 0 ? word : get(state, and + words) | word
    state[AT.previous + i] = word
  }
  add(state, AT.values, 1)
}

/** How many values the counts are of. */
export function noncesSeen(state: Uint32Array): number {
  return get(state, AT.values)
}

/** The e-value of all that was seen, the average of eight e-processes; undefined before anything was. */
export function judgeNonces(state: Uint32Array, bytes: 16 | 32): NonceVerdict | undefined {
  const n = get(state, AT.values)
  if (n === 0) return undefined
  const words = get(state, AT.words)
  const pairs = get(state, AT.pairs)
  const bits = 32 * words
  const first = get(state, AT.gmt) === 1 ? 1 : 0
  const kept = bytes / 4 - first
  const lnE: Readonly<Record<NonceFault, number>> = {
    'stuck-bits': lnStuckBits(equalBits(state, bytes / 4, first), 32 * kept, n),
    flips: lnKtBernoulli(get(state, AT.flips), 32 * pairs, 0.5),
    counter: lnKtBernoulli(get(state, AT.near), pairs, 2 ** -15),
    text: lnKtBernoulli(get(state, AT.printable), 4 * words, PRINTABLE),
    zeros: lnKtBernoulli(get(state, AT.zeros), 4 * words, 1 / 256),
    ones: lnKtBernoulli(get(state, AT.ones), bits, 0.5),
    runs: lnKtBernoulli(get(state, AT.transitions), bits - n, 0.5),
    nibbles: lnKtUniform(nibblesOf(state)),
  }
  let worst: NonceFault = 'stuck-bits'
  for (const fault of FAULTS) if (lnE[fault] > lnE[worst]) worst = fault
  return { lnE: lnSumExp(FAULTS.map((fault) => [WEIGHT[fault], lnE[fault]])), worst }
}

/** They sum to 1: an average of e-values is one, however they depend on one another. */
const WEIGHT: Readonly<Record<NonceFault, number>> = {
  'stuck-bits': 0.25,
  flips: 0.15,
  counter: 0.1,
  text: 0.1,
  zeros: 0.1,
  ones: 0.1,
  runs: 0.1,
  nibbles: 0.1,
}

const FAULTS: readonly NonceFault[] = [
  ...(['stuck-bits', 'flips', 'counter', 'text', 'zeros', 'ones', 'runs', 'nibbles'] as const),
]

function countWord(state: Uint32Array, word: number, previous: number | undefined): void {
  add(state, AT.words, 1)
  add(state, AT.ones, popcount(word))
  // 31 pairs of neighbours within the word.
  add(state, AT.transitions, popcount((word ^ (word >>> 1)) & 0x7fffffff))
  for (let shift = 0; shift < 32; shift += 8) {
    const byte = (word >>> shift) & 0xff
    if (byte === 0) add(state, AT.zeros, 1)
    if (byte >= 0x20 && byte <= 0x7e) add(state, AT.printable, 1)
    countNibble(state, byte >>> 4)
    countNibble(state, byte & 0xf)
  }
  if (previous === undefined) return
  add(state, AT.pairs, 1)
  add(state, AT.flips, popcount(word ^ previous))
  const distance = (word - previous) >>> 0
  if (Math.min(distance, 2 ** 32 - distance) < NEAR) add(state, AT.near, 1)
}

function countNibble(state: Uint32Array, nibble: number): void {
  add(state, AT.nibbles + (nibble >>> 1), (nibble & 1) === 0 ? 1 : 0x10000)
}

function nibblesOf(state: Uint32Array): readonly number[] {
  return Array.from({ length: 16 }, (_, nibble) => {
    const both = get(state, AT.nibbles + (nibble >>> 1))
    return (nibble & 1) === 0 ? both & 0xffff : both >>> 16
  })
}

/** Positions that were the same in every value. */
function equalBits(state: Uint32Array, words: number, first: number): number {
  let equal = 0
  for (let i = first; i < words; i += 1) {
    const and = get(state, AT.previous + words + i)
    const or = get(state, AT.previous + 2 * words + i)
    equal += popcount(~(and ^ or))
  }
  return equal
}

function isPrevious(state: Uint32Array, nonce: Uint8Array): boolean {
  for (let i = 0; i < nonce.length / 4; i += 1) {
    if (get(state, AT.previous + i) !== wordAt(nonce, i)) return false
  }
  return true
}

function wordAt(bytes: Uint8Array, word: number): number {
  const at = 4 * word
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16)
  return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
}

function get(state: Uint32Array, at: number): number {
  return state[at] ?? 0
}

function add(state: Uint32Array, at: number, by: number): void {
  state[at] = get(state, at) + by
}

function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

/** Pseudo-random numbers of a client at a server: the same whoever asks, whenever. */

const WORDS = 2 ** 32

/** In (0, 1), of two 32-bit words. */
export function uniformOf(client: number, server: number): number {
  return (mixed(client, server) + 0.5) / WORDS
}

/** Standard normal, of two 32-bit words: Box-Muller over two further uniforms. */
export function normalOf(client: number, server: number): number {
  const first = (mixed(client ^ 0x9e3779b9, server) + 0.5) / WORDS
  const second = (mixed(client, server ^ 0x85ebca6b) + 0.5) / WORDS
  return Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second)
}

/** Finalizer of MurmurHash3 over both words, twice: every bit of either moves half of the result. */
function mixed(a: number, b: number): number {
  return finalized(finalized(a | 0) ^ Math.imul(b, 0x27d4eb2f) ^ (b >>> 15))
}

function finalized(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

import { createHash } from 'node:crypto'

/**
 * Numbers in [0, 1) that a seed fixes for good: xoshiro128** (Blackman and Vigna 2018), its state the
 * SHA-256 of the seed. For simulations and model parameters; never for secrets.
 */
export function seededDraw(seed: string): () => number {
  const state = new Uint32Array(4)
  const digest = createHash('sha256').update(seed).digest()
  for (let i = 0; i < 4; i += 1) state[i] = digest.readUInt32BE(4 * i)
  let [a = 1, b = 0, c = 0, d = 0] = state
  return () => {
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotated(d, 11)
    return (result >>> 0) / 2 ** 32
  }
}

function rotated(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

import { test } from '@jest/globals'

/** `make soak` sets VESTIBULE_SOAK=1; without it these tests are reported as skipped. */
const on = process.env['VESTIBULE_SOAK'] === '1'

/** A test that takes minutes. `limitMs` bounds all of it. */
export function soak(name: string, run: () => void | Promise<void>, limitMs: number): void {
  ;(on ? test : test.skip)(name, run, limitMs)
}

/** How much of it, from the environment, for a short try. */
export function setting(variable: string, otherwise: number): number {
  const text = process.env[variable]
  return text === undefined || text === '' ? otherwise : Number(text)
}

/** The seed of everything drawn: VESTIBULE_SOAK_SEED repeats a run. Told on standard error. */
export function drawnSeed(what: string): number {
  const seed = setting('VESTIBULE_SOAK_SEED', Math.floor(Math.random() * 2 ** 31))
  if (on) process.stderr.write(`${what}: VESTIBULE_SOAK_SEED=${seed}\n`)
  return seed
}

/** Numbers in [0, 1) from a seed (mulberry32, public domain). */
export function numbersOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Seeded chance: the same course of things each time. */
export interface Random {
  /** In [0, 1). */
  readonly next: () => number
  readonly normal: () => number
  readonly poisson: (mean: number) => number
}

/** mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    poisson(mean): number {
      let count = -1
      for (let left = Math.exp(-mean), product = 1; product > left; count += 1) product *= next()
      return count
    },
  }
}

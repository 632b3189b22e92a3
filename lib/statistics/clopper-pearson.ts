import { lnGamma } from './ln-gamma.ts'

const STEPS = 60

/** Exact 95 % interval of a share (Clopper and Pearson 1934); [0, 1] where nothing was counted. */
export function clopperPearson(
  successes: number,
  total: number,
): readonly [low: number, high: number] {
  if (total <= 0) return [0, 1]
  const low = successes === 0 ? 0 : betaQuantile(0.025, successes, total - successes + 1)
  const high = successes === total ? 1 : betaQuantile(0.975, successes + 1, total - successes)
  return [low, high]
}

/** x with I_x(a, b) = q, by halving. */
function betaQuantile(q: number, a: number, b: number): number {
  let low = 0
  let high = 1
  for (let i = 0; i < STEPS; i += 1) {
    const middle = (low + high) / 2
    if (incompleteBeta(middle, a, b) < q) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz's way). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(
    lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  )
  if (x > (a + 1) / (a + b + 2)) return 1 - (front * continuedFraction(1 - x, b, a)) / b
  return (front * continuedFraction(x, a, b)) / a
}

const TINY = 1e-300

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let h = d
  for (let m = 1; m <= 300; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-12) break
  }
  return h
}

function away(x: number): number {
  return Math.abs(x) < TINY ? TINY : x
}

import { lnGamma } from '../../lib/statistics/ln-gamma.ts'

/**
 * ln of the Krichevsky-Trofimov e-value of `k` successes in `n` independent trials against the null
 * P(success) = `p`: the Beta(1/2, 1/2) mixture's likelihood over the null's. An e-process: P(it ever
 * reaches 1/α | null) ≤ α, whenever one looks (Ville; behaviour-models 5.4).
 */
export function lnKtBernoulli(k: number, n: number, p: number): number {
  const mixture = lnGamma(k + 0.5) + lnGamma(n - k + 0.5) - lnGamma(n + 1) - LN_PI
  return mixture - k * Math.log(p) - (n - k) * Math.log1p(-p)
}

/** 2 ln Γ(1/2). */
const LN_PI = Math.log(Math.PI)

/** The same for counts of equally likely values: the Dirichlet(1/2, ...) mixture against uniform. */
export function lnKtUniform(counts: readonly number[]): number {
  const bins = counts.length
  let total = 0
  let sum = lnGamma(bins / 2) - bins * lnGamma(0.5)
  for (const count of counts) {
    total += count
    sum += lnGamma(count + 0.5)
  }
  return sum - lnGamma(total + bins / 2) + total * Math.log(bins)
}

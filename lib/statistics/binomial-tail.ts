/** P(X ≥ k) of X ~ Bin(n, p), 0 < p < 1, summed exactly: for the small n of byte tests (n ≤ 1,000). */
export function binomialUpperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1
  let term = Math.exp(n * Math.log1p(-p))
  let tail = 0
  for (let i = 0; i <= n; i += 1) {
    if (i >= k) tail += term
    term *= ((n - i) / (i + 1)) * (p / (1 - p))
  }
  return Math.min(1, tail)
}

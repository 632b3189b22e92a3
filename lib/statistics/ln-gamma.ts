const COEFFICIENTS = [
  76.18009172947146, -86.5053203294168, 24.0140982408309, -1.23173957245015, 0.001208650973866179,
  -0.000005395239384953,
] as const

/**
 * ln Γ(x) for x > 0, relative error below 2e-10 (Lanczos 1964, six terms). From 50 on Stirling's
 * series, which is shorter and as exact there.
 */
export function lnGamma(x: number): number {
  if (x >= 50) {
    const r = 1 / x
    return (x - 0.5) * Math.log(x) - x + HALF_LN_TWO_PI + r / 12 - (r * r * r) / 360
  }
  let sum = 1.000000000190015
  let y = x
  for (const c of COEFFICIENTS) {
    y += 1
    sum += c / y
  }
  const t = x + 5.5
  return (x + 0.5) * Math.log(t) - t + Math.log((SQRT_TWO_PI * sum) / x)
}

const SQRT_TWO_PI = Math.sqrt(2 * Math.PI)
const HALF_LN_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/** ln of the binomial coefficient n over k; -Infinity where it is 0. */
export function lnChoose(n: number, k: number): number {
  if (k < 0 || k > n) return -Infinity
  return lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k)
}

/** ln n! of the numbers that are asked most. */
const LN_FACTORIALS = Float64Array.from({ length: 257 }, (_, n) => lnGamma(n + 1))

function lnFactorial(n: number): number {
  return LN_FACTORIALS[n] ?? lnGamma(n + 1)
}

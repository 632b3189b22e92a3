/** ln Σ w·exp(x) over pairs of weight and x, without overflow; -Infinity for nothing. */
export function lnSumExp(terms: readonly (readonly [weight: number, x: number])[]): number {
  let most = -Infinity
  for (const [weight, x] of terms) if (weight > 0 && x > most) most = x
  if (most === -Infinity) return most
  let sum = 0
  for (const [weight, x] of terms) if (weight > 0) sum += weight * Math.exp(x - most)
  return most + Math.log(sum)
}

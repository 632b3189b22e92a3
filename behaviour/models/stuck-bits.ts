import { lnChoose } from '../../lib/statistics/ln-gamma.ts'
import { lnSumExp } from '../../lib/statistics/ln-sum-exp.ts'

/** How many bits may be stuck, and how likely each is thought beforehand. */
const STUCK: readonly (readonly [weight: number, bits: number])[] = [
  [0.1, 2],
  [0.15, 4],
  [0.4, 8],
  [0.15, 16],
  [0.1, 32],
  [0.1, 64],
]

/**
 * ln of the e-value that some of `bits` positions never change, when `equal` of them were the same in
 * all of `n` values. With a random set of m positions stuck the likelihood ratio is
 * 2^(m (n-1)) C(equal, m) / C(bits, m): exact, and an e-process in n. Mixed over m. A `rand()` of 31
 * bits in each word is seen at the tenth value (behaviour-models 5.2 S, 5.3).
 */
export function lnStuckBits(equal: number, bits: number, n: number): number {
  if (n < 2) return 0
  return lnSumExp(
    STUCK.map(([weight, m]) => [
      weight,
      m * (n - 1) * Math.LN2 + lnChoose(equal, m) - lnChoose(bits, m),
    ]),
  )
}

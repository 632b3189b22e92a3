/**
 * Evidence a p-value is worth: ln of the calibrator 0.5 p^(-1/2), an e-value under the null (Vovk and
 * Wang 2021); never below 0, for an unremarkable value clears nobody.
 */
export function natsOfP(p: number, clip: number): number {
  if (p >= 0.25) return 0
  return Math.min(clip, Math.log(0.5) - 0.5 * Math.log(Math.max(p, Number.MIN_VALUE)))
}

/**
 * ln of the level of an alarm. Begun anew below 1, the martingale is a CUSUM and 100 would be reached by chance
 * eight times in 10,000 p-values; a million is reached once in two million of them, and after 150 (median) when one value
 * of ten has become tiny (measured; the test holds both).
 */
const ALARM = Math.log(1e6)

/**
 * Watches p-values that should be uniform: a power martingale with kappa = 1/2, M ← M / (2 √p), begun anew
 * below 1 (behaviour-models 4.10). It grows while p-values are smaller than they should be, which is when the
 * scores of trusted clients have risen above those they are judged by. Values too large (ties) only slow it.
 */
export class DriftMartingale {
  #lnM = 0

  /** One p-value more; true when the alarm is reached, after which it begins anew. */
  add(p: number): boolean {
    const step = Math.log(0.5) - 0.5 * Math.log(Math.min(1, Math.max(p, 1e-12)))
    this.#lnM = Math.max(0, this.#lnM + step)
    if (this.#lnM < ALARM) return false
    this.#lnM = 0
    return true
  }

  get lnM(): number {
    return this.#lnM
  }

  restore(lnM: number): void {
    this.#lnM = Math.min(ALARM, Math.max(0, Number.isFinite(lnM) ? lnM : 0))
  }
}

/** Half-life of what is counted, fast and slow, milliseconds. */
const FAST_MS = 60_000
const SLOW_MS = 3_600_000
/** Fewer risky connections in the fast window are no alarm, whatever the ratio. */
const LEAST = 10
/** The fast rate over the slow one at which the alarm begins, and at which it is full. */
const BEGINS = 2
const FULL = 10

/**
 * How far the site is in alarm, 0..1: connections of at least medium risk that this instance saw lately, against
 * what is usual here. Each instance sees its share of the gates' questions, so its ratio is a sample of the site's.
 */
export class SiteAlarm {
  #fast = 0
  #slow = 0
  #atMs = 0

  /** A connection was judged at least medium, or a challenge was not met. */
  add(nowMs: number): void {
    this.#decay(nowMs)
    this.#fast += 1
    this.#slow += 1
  }

  level(nowMs: number): number {
    this.#decay(nowMs)
    if (this.#fast < LEAST) return 0
    const usual = Math.max(1, (this.#slow - this.#fast) * (FAST_MS / SLOW_MS))
    const ratio = this.#fast / usual
    return Math.min(1, Math.max(0, Math.log(ratio / BEGINS) / Math.log(FULL / BEGINS)))
  }

  #decay(nowMs: number): void {
    const age = Math.max(0, nowMs - this.#atMs)
    this.#fast *= 2 ** (-age / FAST_MS)
    this.#slow *= 2 ** (-age / SLOW_MS)
    this.#atMs = Math.max(this.#atMs, nowMs)
  }
}

import { netOf } from '../../behaviour/entity.ts'

const PER_DAY = 4
const MOST = 262_144
const DAY_MS = 86_400_000

/**
 * A network counts at most 4 times a day for one value, so that one owner cannot make a fingerprint
 * common or infamous (behaviour-models 4.10). Bounded: forgets a day that outgrows it, and at midnight.
 */
export class NetworkQuota {
  readonly #counts = new Map<string, number>()
  readonly #perDay: number
  #day = 0

  constructor(perDay = PER_DAY) {
    this.#perDay = perDay
  }

  allows(client: string, value: string, verdict: string, atMs: number): boolean {
    const day = Math.floor(atMs / DAY_MS)
    if (day > this.#day || this.#counts.size >= MOST) {
      this.#counts.clear()
      this.#day = Math.max(day, this.#day)
    }
    const key = `${netOf(client)}|${verdict}|${value}`
    const count = this.#counts.get(key) ?? 0
    if (count >= this.#perDay) return false
    this.#counts.set(key, count + 1)
    return true
  }

  /** For snapshots. */
  get state(): { readonly day: number; readonly counts: ReadonlyMap<string, number> } {
    return { day: this.#day, counts: this.#counts }
  }

  restore(day: number, counts: Iterable<readonly [string, number]>): void {
    this.#day = day
    for (const [key, count] of counts) this.#counts.set(key, count)
  }
}

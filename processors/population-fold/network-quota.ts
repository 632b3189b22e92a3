import { netOf } from '../../behaviour/entity.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const PER_DAY = 4
const MOST = 262_144
const DAY_MS = 86_400_000

/**
 * A network counts at most so often a day for one value (4 times), so that one owner cannot make a fingerprint
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

  save(to: ByteWriter): void {
    to.u32(this.#day)
    to.u32(this.#counts.size)
    for (const [key, count] of this.#counts) {
      to.text(key)
      to.u32(count)
    }
  }

  load(from: ByteReader): void {
    this.#day = from.u32()
    for (let left = from.u32(); left > 0; left -= 1) this.#counts.set(from.text(), from.u32())
  }
}

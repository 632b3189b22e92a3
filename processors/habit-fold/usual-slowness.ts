import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const MOST_GROUPS = 512
/** Outcomes that the mean of a group remembers. */
const WINDOW = 256
/** A connection twice as slow as usual goes half as well again: the slope of the logistic. */
const FACTOR = Math.log(2)
/** Bytes that take the time of an answer without any. */
const FREE_BYTES = 65_536
/** Outcomes of a group before which nobody knows what is usual. */
const ENOUGH = 8

interface Usual {
  mean: number
  seen: number
}

/**
 * How slow connections of each group usually are, over all servers: what one server is held against.
 * Groups beyond the bound are not learned; they stay without a fit.
 */
export class UsualSlowness {
  readonly #groups = new Map<string, Usual>()

  /** How well a connection went, 0 to 1, 0.5 as usual for its group; undefined where that is not known. */
  fitOf(group: string, slowness: number): number | undefined {
    const usual = this.#groups.get(group)
    if (usual === undefined || usual.seen < ENOUGH) return undefined
    return 1 / (1 + Math.exp((slowness - usual.mean) / FACTOR))
  }

  observe(group: string, slowness: number): void {
    const usual = this.#groups.get(group)
    if (usual === undefined) {
      if (this.#groups.size < MOST_GROUPS) this.#groups.set(group, { mean: slowness, seen: 1 })
      return
    }
    usual.seen = Math.min(WINDOW, usual.seen + 1)
    usual.mean += (slowness - usual.mean) / usual.seen
  }

  save(to: ByteWriter): void {
    to.u32(this.#groups.size)
    for (const [group, { mean, seen }] of this.#groups) {
      to.text(group)
      to.f64(mean)
      to.f64(seen)
    }
  }

  load(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) {
      this.#groups.set(from.text(), { mean: from.f64(), seen: from.f64() })
    }
  }
}

/**
 * Slowness of a connection, the logarithm of milliseconds: until the server began to answer, where that
 * was measured; else its duration, less what its bytes explain. Undefined where neither is known.
 */
export function slownessOf(
  latencyMs: number | null,
  durationMs: number | null,
  bytes: number | null,
): number | undefined {
  if (latencyMs !== null) return Math.log(1 + latencyMs)
  if (durationMs === null) return undefined
  return Math.log(1 + durationMs) - Math.log(1 + (bytes ?? 0) / FREE_BYTES)
}

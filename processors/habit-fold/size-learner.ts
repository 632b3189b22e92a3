import {
  binOf,
  BINS,
  FIRST_BOUNDS,
  learnBounds,
  type SizeBounds,
} from '../../behaviour/servers/size-classes.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

/** Connections between two looks at the bounds. */
const EVERY = 500
/** At each look the past is worth this much: some ten looks back. */
const KEPT = 0.9

/** Learns where small, medium and bulk begin from the sizes of all connections, as they come. */
export class SizeLearner {
  readonly #counts = new Float64Array(BINS)
  #since = 0
  bounds: SizeBounds = FIRST_BOUNDS

  observe(bytes: number): void {
    const bin = binOf(bytes)
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1
    this.#since += 1
    if (this.#since < EVERY) return
    this.#since = 0
    this.bounds = learnBounds(this.#counts, this.bounds)
    for (let i = 0; i < BINS; i += 1) this.#counts[i] = (this.#counts[i] ?? 0) * KEPT
  }

  save(to: ByteWriter): void {
    for (const count of this.#counts) to.f64(count)
    to.u32(this.#since)
    to.u32(this.bounds.medium)
    to.u32(this.bounds.bulk)
  }

  load(from: ByteReader): void {
    for (let i = 0; i < BINS; i += 1) this.#counts[i] = from.f64()
    this.#since = from.u32()
    this.bounds = { medium: from.u32(), bulk: from.u32() }
  }
}

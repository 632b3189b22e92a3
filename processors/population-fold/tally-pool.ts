import { ByteReader } from '../state/byte-reader.ts'
import { ProfilePool } from '../state/profile-pool.ts'
import {
  joinedParts,
  loadBytes,
  partsOf,
  type PartLoader,
  type SavedPart,
} from '../state/saved-part.ts'
import { NOTHING, type Tally } from './tally.ts'

const WORDS = 16

/** What was last published of a value. */
export interface Published {
  readonly atMs: number
  readonly weight: number
  readonly marks: number
}

/** Tallies by value in packed memory, with those of all values together, for one kind and protocol. */
export class TallyPool {
  readonly #pool: ProfilePool
  total: Tally = NOTHING
  totalPublished: Published = { atMs: 0, weight: 0, marks: 0 }

  constructor(capacity: number) {
    this.#pool = new ProfilePool(WORDS, capacity)
  }

  get size(): number {
    return this.#pool.size
  }

  /** The tally of a value, made when it is new. */
  open(key: string): {
    readonly slot: number
    readonly tally: Tally
    readonly published: Published
  } {
    const slot = this.#pool.open(key)
    const { f64 } = this.#pool.chunkOf(slot)
    const at = this.#pool.wordOf(slot) / 2
    const number = (index: number): number => f64[at + index] ?? 0
    return {
      slot,
      tally: {
        asOfMs: number(0),
        weight: number(1),
        fastWeight: number(2),
        hostile: number(3),
        trusted: number(4),
      },
      published: { atMs: number(5), weight: number(6), marks: number(7) },
    }
  }

  put(slot: number, tally: Tally, published: Published): void {
    const { f64 } = this.#pool.chunkOf(slot)
    const { asOfMs, weight, fastWeight, hostile, trusted } = tally
    const numbers = [asOfMs, weight, fastWeight, hostile, trusted]
    f64.set(
      [...numbers, published.atMs, published.weight, published.marks],
      this.#pool.wordOf(slot) / 2,
    )
    if (trusted > 0) this.#pool.protect(slot)
  }

  save(): Iterable<SavedPart> {
    const { asOfMs, weight, fastWeight, hostile, trusted } = this.total
    const { atMs, weight: told, marks } = this.totalPublished
    const totals = Float64Array.of(asOfMs, weight, fastWeight, hostile, trusted, atMs, told, marks)
    return joinedParts([
      ['totals', partsOf('bytes', new Uint8Array(totals.buffer))],
      ['pool', this.#pool.save()],
    ])
  }

  *load(): PartLoader {
    const from = new ByteReader(yield* loadBytes())
    this.total = {
      asOfMs: from.f64(),
      weight: from.f64(),
      fastWeight: from.f64(),
      hostile: from.f64(),
      trusted: from.f64(),
    }
    this.totalPublished = { atMs: from.f64(), weight: from.f64(), marks: from.f64() }
    yield* this.#pool.load()
  }
}

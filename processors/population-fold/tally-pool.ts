import { ByteReader } from '../state/byte-reader.ts'
import { ProfilePool } from '../state/profile-pool.ts'
import {
  joinedParts,
  loadBytes,
  partsOf,
  type PartLoader,
  type SavedPart,
} from '../state/saved-part.ts'
import { decayed, NOTHING, type Tally } from './tally.ts'

const WORDS = 16
/** Counts and marks below this say no more than no row at all: one sighting after a month. */
const NEGLIGIBLE = 0.05

/** What was last published of a value. */
export interface Published {
  readonly atMs: number
  readonly weight: number
  readonly marks: number
}

/** A value as it is kept. */
export interface Kept {
  readonly slot: number
  readonly tally: Tally
  readonly published: Published
}

/** Tallies by value in packed memory, with those of all values together, for one kind and protocol. */
export class TallyPool {
  readonly #pool: ProfilePool
  #evicted: string[] = []
  #hand = 0
  total: Tally = NOTHING
  totalPublished: Published = { atMs: 0, weight: 0, marks: 0 }

  constructor(capacity: number) {
    this.#pool = new ProfilePool(WORDS, capacity)
    this.#pool.onEviction = (key) => {
      this.#evicted.push(key)
    }
  }

  /** Values that gave way since the last call. */
  takeEvicted(): readonly string[] {
    if (this.#evicted.length === 0) return this.#evicted
    const evicted = this.#evicted
    this.#evicted = []
    return evicted
  }

  /** Turns a hand over a few values, and gives those that faded to nothing by `atMs`, which it forgets. */
  takeFaded(atMs: number, values: number): readonly string[] {
    const faded: string[] = []
    const { slots } = this.#pool
    for (let left = Math.min(slots, values); left > 0; left -= 1) {
      this.#hand = this.#hand + 1 >= slots ? 0 : this.#hand + 1
      const key = this.#pool.keyOf(this.#hand)
      if (key === undefined) continue
      const { weight, hostile, trusted } = decayed(this.#read(this.#hand).tally, atMs)
      if (weight >= NEGLIGIBLE || hostile + trusted >= NEGLIGIBLE) continue
      this.#pool.remove(key)
      faded.push(key)
    }
    return faded
  }

  get size(): number {
    return this.#pool.size
  }

  /** The tally of a value, made when it is new. */
  open(key: string): Kept {
    return this.#read(this.#pool.open(key))
  }

  #read(slot: number): Kept {
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
    const totals = Float64Array.of(
      ...[asOfMs, weight, fastWeight, hostile, trusted, atMs, told, marks],
      this.#hand,
    )
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
    this.#hand = from.f64()
    yield* this.#pool.load()
  }
}

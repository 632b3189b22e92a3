import { type ByteReader } from './byte-reader.ts'
import { type ByteWriter } from './byte-writer.ts'
import { PROBATION, PROTECTED, SegmentedLru } from './segmented-lru.ts'

const CHUNK_SLOTS = 1024

/** The memory of 1,024 profiles, seen as three kinds of number. */
export interface Chunk {
  readonly f64: Float64Array
  readonly f32: Float32Array
  readonly u32: Uint32Array
}

/**
 * Profiles of one size in packed memory, by key, at most `capacity` of them. When it is full the
 * least recently used on probation gives way. Slots are stable until their profile is removed.
 */
export class ProfilePool {
  /** 32-bit words of a profile; even, for some of its numbers take two. */
  readonly words: number
  readonly capacity: number
  readonly #slots = new Map<string, number>()
  readonly #keys: (string | undefined)[] = []
  readonly #chunks: Chunk[] = []
  readonly #free: number[] = []
  readonly #order: SegmentedLru
  #evictions = 0

  constructor(words: number, capacity: number) {
    this.words = words
    this.capacity = capacity
    this.#order = new SegmentedLru(Math.floor(0.8 * capacity))
  }

  get size(): number {
    return this.#slots.size
  }

  /** Profiles that gave way since the pool was made. */
  get evictions(): number {
    return this.#evictions
  }

  find(key: string): number | undefined {
    return this.#slots.get(key)
  }

  keyOf(slot: number): string | undefined {
    return this.#keys[slot]
  }

  keys(): IterableIterator<string> {
    return this.#slots.keys()
  }

  chunkOf(slot: number): Chunk {
    const chunk = this.#chunks[Math.floor(slot / CHUNK_SLOTS)]
    if (chunk === undefined) throw new RangeError(`no profile in slot ${slot}`)
    return chunk
  }

  /** First word of the slot in its chunk. */
  wordOf(slot: number): number {
    return (slot % CHUNK_SLOTS) * this.words
  }

  /** The slot of the key, made (all zero) where there is none, and the most recently used now. */
  open(key: string): number {
    const known = this.#slots.get(key)
    const slot = known ?? this.#take(key)
    this.#order.touch(slot)
    return slot
  }

  isProtected(slot: number): boolean {
    return this.#order.segmentOf(slot) === PROTECTED
  }

  protect(slot: number): void {
    this.#order.protect(slot)
  }

  remove(key: string): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    this.#order.remove(slot)
    this.#slots.delete(key)
    this.#keys[slot] = undefined
    this.#free.push(slot)
  }

  #take(key: string): number {
    if (this.#slots.size >= this.capacity) {
      this.remove(this.#keys[this.#order.oldest()] ?? '')
      this.#evictions += 1
    }
    const slot = this.#free.pop() ?? this.#keys.length
    this.#place(key, slot)
    return slot
  }

  #place(key: string, slot: number): void {
    while (this.#keys.length <= slot) this.#keys.push(undefined)
    while (this.#chunks.length * CHUNK_SLOTS <= slot) this.#chunks.push(newChunk(this.words))
    const word = this.wordOf(slot)
    this.chunkOf(slot).u32.fill(0, word, word + this.words)
    this.#slots.set(key, slot)
    this.#keys[slot] = key
  }

  /** Writes all of it, in order of use, slots and free slots included: the same future follows. */
  save(to: ByteWriter): void {
    to.u32(this.words)
    to.u32(this.#slots.size)
    for (const segment of [PROBATION, PROTECTED]) {
      for (const slot of this.#order.oldestFirst(segment)) {
        to.u32(slot)
        to.u8(segment)
        to.text(this.#keys[slot] ?? '')
        const start = this.wordOf(slot)
        const words = this.chunkOf(slot).u32.subarray(start, start + this.words)
        to.bytes(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
      }
    }
    to.u32(this.#free.length)
    for (const slot of this.#free) to.u32(slot)
  }

  /** Fills an empty pool. Throws RangeError when the profiles are of another size. */
  load(from: ByteReader): void {
    const words = from.u32()
    if (words !== this.words) throw new RangeError(`profiles of ${words} words, not ${this.words}`)
    for (let left = from.u32(); left > 0; left -= 1) {
      const slot = from.u32()
      const segment = from.u8()
      this.#place(from.text(), slot)
      this.#order.touch(slot)
      if (segment === PROTECTED) this.#order.protect(slot)
      const chunk = this.chunkOf(slot).u32
      const at = chunk.byteOffset + 4 * this.wordOf(slot)
      new Uint8Array(chunk.buffer).set(from.bytes(4 * this.words), at)
    }
    for (let left = from.u32(); left > 0; left -= 1) this.#free.push(from.u32())
  }
}

function newChunk(words: number): Chunk {
  const memory = new ArrayBuffer(4 * words * CHUNK_SLOTS)
  return {
    f64: new Float64Array(memory),
    f32: new Float32Array(memory),
    u32: new Uint32Array(memory),
  }
}

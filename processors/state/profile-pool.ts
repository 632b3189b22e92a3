import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { loadBytes, partsOf, type PartLoader, type SavedPart } from './saved-part.ts'
import { readSlab, writeSlab } from './slab.ts'
import { PROTECTED, SegmentedLru } from './segmented-lru.ts'

/** Small enough that the fullest one is a part of a snapshot. */
const CHUNK_SLOTS = 512

/** The memory of 512 profiles, seen as three kinds of number. */
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
  /** Chunks that changed since they were saved last. */
  #changed = new Set<number>()
  #saving: Saving | undefined
  /** Told before a profile gives way to another, while it can still be read. */
  onEviction: ((key: string, slot: number) => void) | undefined

  constructor(words: number, capacity: number) {
    this.words = words
    this.capacity = capacity
    this.#order = new SegmentedLru(Math.floor(0.8 * capacity))
  }

  get size(): number {
    return this.#slots.size
  }

  /** Slots there are, vacant ones included: every profile is in one below this. */
  get slots(): number {
    return this.#keys.length
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
    this.willChange(slot)
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
    this.willChange(slot)
    this.#order.remove(slot)
    this.#slots.delete(key)
    this.#keys[slot] = undefined
    this.#free.push(slot)
  }

  #take(key: string): number {
    if (this.#slots.size >= this.capacity) {
      const oldest = this.#order.oldest()
      const leaves = this.#keys[oldest] ?? ''
      this.onEviction?.(leaves, oldest)
      this.remove(leaves)
      this.#evictions += 1
    }
    const slot = this.#free.pop() ?? this.#keys.length
    this.willChange(slot)
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

  /**
   * All of it as of this call, slots, order of use and free slots included: the same future follows.
   * The parts are made as they are taken; a chunk about to change before that is put aside first, so
   * that the pool can go on being used. Taking up another save gives up this one.
   */
  save(): Iterable<SavedPart> {
    const to = new ByteWriter()
    to.u32(this.words)
    to.u32(this.#keys.length)
    to.u32(this.#free.length)
    for (const slot of this.#free) to.u32(slot)
    to.block(this.#order.save(this.#keys.length))
    // What an earlier save that was given up did not write has changed since the last whole one.
    const unwritten = this.#saving?.left ?? []
    const saving = { left: new Set([...this.#changed, ...unwritten]), aside: new Map() }
    this.#changed = new Set()
    this.#saving = saving
    return this.#parts(saving, this.#chunks.length, to.finish())
  }

  *#parts(saving: Saving, chunks: number, head: Uint8Array): Generator<SavedPart> {
    yield* partsOf('head', head)
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const name = `${chunk}`
      if (!saving.left.has(chunk)) {
        yield { kind: 'same', name }
        continue
      }
      const bytes = saving.aside.get(chunk) ?? this.#slab(chunk)
      saving.aside.set(chunk, NOTHING)
      yield { kind: 'bytes', name, bytes }
    }
    if (this.#saving === saving) this.#saving = undefined
  }

  /** Fills an empty pool. Throws RangeError when the profiles are of another size. */
  *load(): PartLoader {
    const from = new ByteReader(yield* loadBytes())
    const words = from.u32()
    if (words !== this.words) throw new RangeError(`profiles of ${words} words, not ${this.words}`)
    const slots = from.u32()
    for (let left = from.u32(); left > 0; left -= 1) this.#free.push(from.u32())
    this.#order.load(new ByteReader(from.block()))
    this.#keys.length = slots
    for (let chunk = 0; chunk * CHUNK_SLOTS < slots; chunk += 1) {
      const memory = newChunk(this.words)
      this.#chunks.push(memory)
      readSlab(new ByteReader(yield), memory.u32, this.words, (place, key) => {
        const slot = chunk * CHUNK_SLOTS + place
        this.#keys[slot] = key
        this.#slots.set(key, slot)
      })
    }
  }

  /** To be called before a profile is changed that was not opened for it: the next snapshot must hold it. */
  willChange(slot: number): void {
    const chunk = Math.floor(slot / CHUNK_SLOTS)
    this.#changed.add(chunk)
    const saving = this.#saving
    if (saving?.left.has(chunk) !== true || saving.aside.has(chunk)) return
    saving.aside.set(chunk, this.#slab(chunk))
  }

  #slab(chunk: number): Uint8Array {
    const start = chunk * CHUNK_SLOTS
    const keys = this.#keys.slice(start, start + CHUNK_SLOTS)
    return writeSlab(keys, this.chunkOf(start).u32, this.words)
  }
}

const NOTHING = new Uint8Array()

/** A save whose parts are being taken. */
interface Saving {
  /** Chunks it has to write. */
  readonly left: ReadonlySet<number>
  /** As they were when it began; empty where they were taken. */
  readonly aside: Map<number, Uint8Array>
}

function newChunk(words: number): Chunk {
  const memory = new ArrayBuffer(4 * words * CHUNK_SLOTS)
  return {
    f64: new Float64Array(memory),
    f32: new Float32Array(memory),
    u32: new Uint32Array(memory),
  }
}

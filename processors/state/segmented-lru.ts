import { type ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/** Segment a slot is in. */
export const PROBATION = 1
export const PROTECTED = 2

const NONE = 0xffffffff

/**
 * Order of use of numbered slots in two segments. A flood of newcomers only ever pushes out what is
 * on probation; the protected segment gives way to its own members alone (Karedla, Love and Wherry
 * 1994). Typed arrays: 9 bytes a slot.
 */
export class SegmentedLru {
  #next = new Uint32Array(64)
  #previous = new Uint32Array(64)
  #segment = new Uint8Array(64)
  readonly #heads = [NONE, NONE, NONE]
  readonly #tails = [NONE, NONE, NONE]
  readonly #sizes = [0, 0, 0]
  readonly #mostProtected: number

  constructor(mostProtected: number) {
    this.#mostProtected = mostProtected
  }

  segmentOf(slot: number): number {
    return this.#segment[slot] ?? 0
  }

  /** Newest in its segment; a slot that is new is put on probation. */
  touch(slot: number): void {
    this.#room(slot)
    const segment = this.segmentOf(slot)
    if (segment !== 0 && this.#heads[segment] === slot) return
    this.#unlink(slot)
    this.#link(slot, segment === 0 ? PROBATION : segment)
  }

  /** Moves a slot to the protected segment, whose oldest goes back on probation when there are too many. */
  protect(slot: number): void {
    if (this.segmentOf(slot) === PROTECTED) return
    this.#unlink(slot)
    this.#link(slot, PROTECTED)
    if ((this.#sizes[PROTECTED] ?? 0) <= this.#mostProtected) return
    const oldest = this.#tails[PROTECTED] ?? NONE
    this.#unlink(oldest)
    this.#link(oldest, PROBATION)
  }

  remove(slot: number): void {
    this.#unlink(slot)
  }

  /** The slot to give up: the oldest on probation, else the oldest protected. */
  oldest(): number {
    const slot = this.#tails[PROBATION] ?? NONE
    return slot === NONE ? (this.#tails[PROTECTED] ?? NONE) : slot
  }

  /** All of it as of now, for `slots` slots. */
  save(slots: number): Uint8Array {
    const to = new ByteWriter()
    for (const numbers of [this.#heads, this.#tails, this.#sizes])
      for (const n of numbers) to.u32(n)
    to.u32(slots)
    this.#room(slots)
    for (const { buffer } of [this.#next.slice(0, slots), this.#previous.slice(0, slots)]) {
      to.bytes(new Uint8Array(buffer))
    }
    to.bytes(this.#segment.subarray(0, slots))
    return to.finish()
  }

  load(from: ByteReader): void {
    for (const numbers of [this.#heads, this.#tails, this.#sizes]) {
      for (let i = 0; i < 3; i += 1) numbers[i] = from.u32()
    }
    const slots = from.u32()
    this.#room(slots)
    for (const words of [this.#next, this.#previous]) {
      words.set(new Uint32Array(new Uint8Array(from.bytes(4 * slots)).buffer))
    }
    this.#segment.set(from.bytes(slots))
  }

  #link(slot: number, segment: number): void {
    const head = this.#heads[segment] ?? NONE
    this.#segment[slot] = segment
    this.#previous[slot] = NONE
    this.#next[slot] = head
    if (head === NONE) this.#tails[segment] = slot
    else this.#previous[head] = slot
    this.#heads[segment] = slot
    this.#sizes[segment] = (this.#sizes[segment] ?? 0) + 1
  }

  #unlink(slot: number): void {
    const segment = this.segmentOf(slot)
    if (segment === 0) return
    const before = this.#previous[slot] ?? NONE
    const after = this.#next[slot] ?? NONE
    if (before === NONE) this.#heads[segment] = after
    else this.#next[before] = after
    if (after === NONE) this.#tails[segment] = before
    else this.#previous[after] = before
    this.#segment[slot] = 0
    this.#sizes[segment] = (this.#sizes[segment] ?? 0) - 1
  }

  #room(slot: number): void {
    if (slot < this.#segment.length) return
    const length = Math.max(slot + 1, 2 * this.#segment.length)
    this.#next = grown(this.#next, new Uint32Array(length))
    this.#previous = grown(this.#previous, new Uint32Array(length))
    this.#segment = grown(this.#segment, new Uint8Array(length))
  }
}

function grown<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}

import { type TcpSegment } from './tcp-segment.ts'
import { i32 } from './wire.ts'

/** Two addresses of four words each and one word for both ports. */
const WORDS = 9
const ADDRESS = 16
const MAPPED = 0xffff
const NONE = -1
/** Bound once: a look-up of the global each time costs as much as the hash. */
const { imul } = Math

/** Which end of the connection, in the index's own order: 0 is the one whose address sorts first. */
export type Side = 0 | 1

/** Both ends of a connection: addresses of 16 bytes, IPv4 as ::ffff:a.b.c.d; Buffers, as the codec writes them. */
export interface FlowEnds {
  readonly address0: Uint8Array
  readonly port0: number
  readonly address1: Uint8Array
  readonly port1: number
}

/**
 * Connections by their four-tuple, both directions alike: a hash table over typed arrays, so that a
 * million connections cost no million objects and a look-up builds no string. Slots are small
 * integers, valid until removed.
 */
export class FlowIndex {
  /** The side that sent the segment last looked up. */
  side: Side = 0
  size = 0
  #capacity: number
  #keys: Int32Array
  #heads: Int32Array
  #next: Int32Array
  #free = NONE
  #unused = 0
  readonly #wanted = new Int32Array(WORDS)
  #hash = 0
  readonly #seed: number

  /** `seed` keeps a sender from choosing which connections collide. */
  constructor(seed: number, capacity = 1024) {
    this.#seed = seed | 0
    this.#capacity = capacity
    this.#keys = new Int32Array(capacity * WORDS)
    this.#next = new Int32Array(capacity)
    this.#heads = new Int32Array(capacity * 2).fill(NONE)
  }

  get capacity(): number {
    return this.#capacity
  }

  /** The segment's slot or -1; sets `side` and remembers the key for `add`. */
  find(segment: TcpSegment): number {
    this.#read(segment)
    this.#hash = hashOf(this.#wanted, 0, this.#seed)
    let slot = this.#heads[this.#bucket(this.#hash)] ?? NONE
    while (slot !== NONE && !this.#matches(slot)) slot = this.#next[slot] ?? NONE
    return slot
  }

  /** A slot for the key last looked up, which must not be there yet. */
  add(): number {
    if (this.#free === NONE && this.#unused === this.#capacity) this.#grow()
    const slot = this.#free === NONE ? this.#unused++ : this.#free
    if (slot === this.#free) this.#free = this.#next[slot] ?? NONE
    this.#keys.set(this.#wanted, slot * WORDS)
    this.#link(slot, this.#hash)
    this.size += 1
    return slot
  }

  remove(slot: number): void {
    const bucket = this.#bucket(this.#hashAt(slot))
    const after = this.#next[slot] ?? NONE
    let at = this.#heads[bucket] ?? NONE
    if (at === slot) {
      this.#heads[bucket] = after
    } else {
      while (at !== NONE && this.#next[at] !== slot) at = this.#next[at] ?? NONE
      this.#next[at] = after
    }
    this.#next[slot] = this.#free
    this.#free = slot
    this.size -= 1
  }

  /** The slot's addresses and ports, still good when the slot is not. */
  ends(slot: number): FlowEnds {
    const from = slot * WORDS
    const ports = this.#keys[from + WORDS - 1] ?? 0
    return {
      address0: this.#address(from),
      port0: ports >>> 16,
      address1: this.#address(from + 4),
      port1: ports & 0xffff,
    }
  }

  #address(from: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(ADDRESS)
    for (let word = 0; word < 4; word += 1) {
      const value = this.#keys[from + word] ?? 0
      bytes[word * 4] = value >>> 24
      bytes[word * 4 + 1] = value >>> 16
      bytes[word * 4 + 2] = value >>> 8
      bytes[word * 4 + 3] = value
    }
    return bytes
  }

  #read(segment: TcpSegment): void {
    const side = this.#order(segment)
    this.side = side
    if (segment.ipVersion === 4) {
      this.#readIpv4(segment, side)
    } else {
      this.#readIpv6(segment.bytes, segment.sourceAt, side * 4)
      this.#readIpv6(segment.bytes, segment.destinationAt, 4 - side * 4)
    }
    this.#wanted[8] =
      side === 0
        ? (segment.sourcePort << 16) | segment.destinationPort
        : (segment.destinationPort << 16) | segment.sourcePort
  }

  /** Any total order serves, as long as both directions see the same one. */
  #order(segment: TcpSegment): Side {
    const { bytes, sourceAt, destinationAt } = segment
    const length = segment.ipVersion === 4 ? 4 : 16
    for (let at = 0; at < length; at += 4) {
      const difference = compare(i32(bytes, sourceAt + at), i32(bytes, destinationAt + at))
      if (difference !== 0) return difference < 0 ? 0 : 1
    }
    return segment.sourcePort <= segment.destinationPort ? 0 : 1
  }

  #readIpv4(segment: TcpSegment, side: Side): void {
    const wanted = this.#wanted
    wanted[0] = 0
    wanted[1] = 0
    wanted[2] = MAPPED
    wanted[4] = 0
    wanted[5] = 0
    wanted[6] = MAPPED
    wanted[side * 4 + 3] = i32(segment.bytes, segment.sourceAt)
    wanted[7 - side * 4] = i32(segment.bytes, segment.destinationAt)
  }

  #readIpv6(bytes: Uint8Array, at: number, to: number): void {
    for (let word = 0; word < 4; word += 1) this.#wanted[to + word] = i32(bytes, at + word * 4)
  }

  #matches(slot: number): boolean {
    const keys = this.#keys
    const wanted = this.#wanted
    const from = slot * WORDS
    for (let word = WORDS - 1; word >= 0; word -= 1) {
      if (keys[from + word] !== wanted[word]) return false
    }
    return true
  }

  #hashAt(slot: number): number {
    return hashOf(this.#keys, slot * WORDS, this.#seed)
  }

  #bucket(hash: number): number {
    return hash & (this.#heads.length - 1)
  }

  #link(slot: number, hash: number): void {
    const bucket = this.#bucket(hash)
    this.#next[slot] = this.#heads[bucket] ?? NONE
    this.#heads[bucket] = slot
  }

  /** Only when every slot is in use, so all of them are linked anew. */
  #grow(): void {
    this.#capacity *= 2
    const keys = new Int32Array(this.#capacity * WORDS)
    keys.set(this.#keys)
    this.#keys = keys
    this.#next = new Int32Array(this.#capacity)
    this.#heads = new Int32Array(this.#capacity * 2).fill(NONE)
    for (let slot = 0; slot < this.#unused; slot += 1) this.#link(slot, this.#hashAt(slot))
  }
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** MurmurHash3's mixing (Appleby), seeded. */
function hashOf(words: Int32Array, from: number, seed: number): number {
  let hash = seed
  for (let i = 0; i < WORDS; i += 1) {
    const mixed = imul(words[from + i] ?? 0, 0xcc9e2d51)
    hash ^= imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
    hash = (imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

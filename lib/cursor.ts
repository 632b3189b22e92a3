/** A read past the end of the bytes at hand. Parsers turn it into a value; it never leaves one. */
export class OutOfBytes extends Error {
  override readonly name = 'OutOfBytes'
  /** Offset in the outermost input at which the read began. */
  readonly offset: number

  constructor(offset: number, wanted: number) {
    super(`${wanted} bytes wanted at offset ${offset}`)
    this.offset = offset
  }
}

/** A bounds-checked reader over bytes in network order. It moves forward only and copies nothing. */
export class Cursor {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #base: number
  #at: number

  /** `base` is the offset of `start` in the outermost input, so that faults name absolute offsets. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length, base = start) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#base = base - start
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  /** Offset in the outermost input. */
  get offset(): number {
    return this.#base + this.#at
  }

  u8(): number {
    return this.#bytes[this.#advance(1)] ?? 0
  }

  u16(): number {
    const at = this.#advance(2)
    return ((this.#bytes[at] ?? 0) << 8) | (this.#bytes[at + 1] ?? 0)
  }

  u24(): number {
    return (this.u8() << 16) | this.u16()
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16()
  }

  skip(length: number): void {
    this.#advance(length)
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const at = this.#advance(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** A cursor over the next `length` bytes; this one moves past them. */
  slice(length: number): Cursor {
    const at = this.#advance(length)
    return new Cursor(this.#bytes, at, at + length, this.#base + at)
  }

  #advance(length: number): number {
    const at = this.#at
    if (length > this.#end - at) throw new OutOfBytes(this.#base + at, length)
    this.#at = at + length
    return at
  }
}

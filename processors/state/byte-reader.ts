const utf8 = new TextDecoder()

/** Reads what ByteWriter wrote. Throws RangeError past the end: a snapshot is whole or it is not used. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8), true)
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length)
    return this.#bytes.subarray(at, at + length)
  }

  block(): Uint8Array {
    return this.bytes(this.u32())
  }

  text(): string {
    return utf8.decode(this.block())
  }

  #advance(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at) throw new RangeError(`snapshot ends at byte ${at}`)
    this.#at = at + length
    return at
  }
}

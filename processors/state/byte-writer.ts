const utf8 = new TextEncoder()

/** Grows as it is written to; numbers are little-endian. What snapshots are made of. */
export class ByteWriter {
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  u8(value: number): void {
    this.#room(1)
    this.#view.setUint8(this.#at, value)
    this.#at += 1
  }

  u32(value: number): void {
    this.#room(4)
    this.#view.setUint32(this.#at, value, true)
    this.#at += 4
  }

  f64(value: number): void {
    this.#room(8)
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
  }

  bytes(value: Uint8Array): void {
    this.#room(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** Length and bytes. */
  block(value: Uint8Array): void {
    this.u32(value.length)
    this.bytes(value)
  }

  text(value: string): void {
    this.block(utf8.encode(value))
  }

  /** What was written, without a copy; the writer is not used any more. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#at + length, 2 * this.#bytes.length))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

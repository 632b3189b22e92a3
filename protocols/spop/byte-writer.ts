import { writeVarint } from './varint.ts'

const FIRST_BYTES = 512

/** Bytes being written; grows as needed. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #length = 0
  readonly #push = (byte: number): void => {
    this.u8(byte)
  }

  get length(): number {
    return this.#length
  }

  u8(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length] = byte
    this.#length += 1
  }

  u32(value: number): void {
    this.u8((value >>> 24) & 0xff)
    this.u8((value >>> 16) & 0xff)
    this.u8((value >>> 8) & 0xff)
    this.u8(value & 0xff)
  }

  varint(value: number | bigint): void {
    writeVarint(this.#push, value)
  }

  bytes(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** A string as SPOP carries it: its length as a varint, then its bytes. */
  string(text: string): void {
    const plain = utf8.encode(text)
    this.varint(plain.length)
    this.bytes(plain)
  }

  /** Overwrites four bytes written before. */
  setU32(at: number, value: number): void {
    this.#bytes.set([value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff], at)
  }

  /** What was written; the writer is not used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(by: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

const utf8 = new TextEncoder()

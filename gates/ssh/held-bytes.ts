import { LONGEST_CLEAR_PACKET } from './clear-packet.ts'

/** One whole packet and what may come with it. */
const MOST = LONGEST_CLEAR_PACKET + 4_096
const FIRST = 2_048

/** Bytes of a client that are not read yet, bounded. A client that sends them one by one costs no more than another. */
export class HeldBytes {
  #buffer = new Uint8Array(0)
  #start = 0
  #end = 0

  /** A view, valid until the next push. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end)
  }

  /** False when there would be more than one packet's worth: nothing was taken then. */
  push(bytes: Uint8Array): boolean {
    const held = this.#end - this.#start
    const wanted = held + bytes.length
    if (wanted > MOST) return false
    if (this.#end + bytes.length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(FIRST, 2 * wanted))
      grown.set(this.bytes)
      this.#buffer = grown
      this.#start = 0
      this.#end = held
    }
    this.#buffer.set(bytes, this.#end)
    this.#end += bytes.length
    return true
  }

  /** A copy of the first bytes, which are no longer held. */
  take(length: number): Uint8Array {
    const taken = this.#buffer.slice(this.#start, Math.min(this.#end, this.#start + length))
    this.#start += taken.length
    return taken
  }

  takeAll(): Uint8Array {
    return this.take(this.#end - this.#start)
  }
}

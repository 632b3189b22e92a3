import { HANDSHAKE } from './registry.ts'

/** A handshake message, or the beginning of one that is too long to keep or of no interest. */
export interface HandshakeMessage {
  readonly type: number
  /** Length of the whole message, its header of 4 bytes included. */
  readonly length: number
  /** Header and as much of the body as is kept; a view, valid during the call. */
  readonly bytes: Uint8Array
  /** Nothing of it is missing: neither lost on the wire nor beyond what is kept. */
  readonly whole: boolean
  /** Some of it was never captured. */
  readonly holed: boolean
}

const HEADER = 4
/** A ClientHello with every extension known and post-quantum shares stays below 4 KiB. */
export const MAX_CLIENT_HELLO = 65_536
const MAX_SERVER_HELLO = 16_384
const MAX_OTHER = 64

/** How many bytes of a message, header included, are kept. */
function keptOf(type: number): number {
  if (type === HANDSHAKE.clientHello) return MAX_CLIENT_HELLO
  if (type === HANDSHAKE.serverHello || type === HANDSHAKE.helloRetryRequest)
    return MAX_SERVER_HELLO
  return MAX_OTHER
}

/**
 * Puts one direction's handshake messages together from any number of record fragments. It keeps
 * what has come of the message at hand, up to a bound per type, and never allocates by what a length
 * field merely claims. Once bytes are missing that may hold a message header it is lost.
 */
export class HandshakeReader {
  #kept: Uint8Array = EMPTY
  #keptBytes = 0
  #seen = 0
  #type = 0
  #length = 0
  #holed = false
  #lost = false

  get lost(): boolean {
    return this.#lost
  }

  /** Bytes of a message that has begun and not ended. */
  get pending(): number {
    return this.#seen
  }

  /** Type of the message that has begun, once its header is there. */
  get pendingType(): number | undefined {
    return this.#seen >= HEADER ? this.#type : undefined
  }

  push(fragment: Uint8Array): HandshakeMessage[] {
    const messages: HandshakeMessage[] = []
    let at = 0
    while (at < fragment.length && !this.#lost) {
      if (this.#seen < HEADER) {
        const direct = this.#wholeWithin(fragment, at)
        if (direct !== undefined) {
          messages.push(direct)
          at += direct.length
          continue
        }
        at = this.#readHeader(fragment, at)
      } else {
        const end = Math.min(fragment.length, at + this.#length - this.#seen)
        this.#keep(fragment.subarray(at, end))
        this.#seen += end - at
        at = end
      }
      if (this.#seen >= HEADER && this.#seen === this.#length) messages.push(this.#finish())
    }
    return messages
  }

  gap(length: number): HandshakeMessage[] {
    if (this.#seen < HEADER || this.#seen + length > this.#length) {
      this.#lost = true
      return []
    }
    this.#holed = true
    this.#seen += length
    return this.#seen === this.#length ? [this.#finish()] : []
  }

  /** The usual case, without a copy: the message begins and ends in this fragment. */
  #wholeWithin(fragment: Uint8Array, at: number): HandshakeMessage | undefined {
    if (this.#seen !== 0 || fragment.length - at < HEADER) return undefined
    const type = fragment[at] ?? 0
    const length = HEADER + u24(fragment, at + 1)
    if (fragment.length - at < length) return undefined
    const kept = Math.min(length, keptOf(type))
    const bytes = fragment.subarray(at, at + kept)
    return { type, length, bytes, whole: kept === length, holed: false }
  }

  #readHeader(fragment: Uint8Array, start: number): number {
    const end = Math.min(fragment.length, start + HEADER - this.#seen)
    this.#append(fragment.subarray(start, end))
    this.#seen += end - start
    if (this.#seen === HEADER) {
      this.#type = this.#kept[0] ?? 0
      this.#length = HEADER + u24(this.#kept, 1)
    }
    return end
  }

  #keep(bytes: Uint8Array): void {
    // What follows a hole would stand in the wrong place.
    if (this.#holed) return
    this.#append(bytes.subarray(0, keptOf(this.#type) - this.#keptBytes))
  }

  #append(bytes: Uint8Array): void {
    const end = this.#keptBytes + bytes.length
    if (end > this.#kept.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#kept.length, FIRST_BUFFER))
      grown.set(this.#kept)
      this.#kept = grown
    }
    this.#kept.set(bytes, this.#keptBytes)
    this.#keptBytes = end
  }

  #finish(): HandshakeMessage {
    const bytes = this.#kept.subarray(0, this.#keptBytes)
    const message: HandshakeMessage = {
      type: this.#type,
      length: this.#length,
      bytes,
      whole: bytes.length === this.#length,
      holed: this.#holed,
    }
    this.#kept = EMPTY
    this.#keptBytes = 0
    this.#seen = 0
    this.#holed = false
    return message
  }
}

const FIRST_BUFFER = 64
const EMPTY = new Uint8Array(0)

function u24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
}

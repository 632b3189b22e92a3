/** One binary packet of the clear part of a connection. */
export interface SshPacket {
  /** Message number (RFC 4250 section 4.1); undefined when its byte was never captured. */
  readonly type: number | undefined
  /** Payload, message number included; a view, valid during the call. */
  readonly payload: Uint8Array
  /** Some of it was never captured. */
  readonly holed: boolean
}

/** RFC 4253 section 6.1 asks for 35,000; OpenSSH takes 256 KiB, no KEXINIT comes near 64. */
const MAX_PACKET = 65_536
/** Padding of at least 4 bytes, its length, and a message number. */
const SHORTEST = 6
const LENGTH_FIELD = 4
const FIRST_BUFFER = 256

/**
 * Cuts one direction's bytes into binary packets while they are not encrypted (RFC 4253 section 6):
 *
 *     uint32 packet_length;    // of what follows
 *     byte   padding_length;
 *     byte   payload[packet_length - padding_length - 1];
 *     byte   padding[padding_length];
 *
 * It gives one packet at a time, for after NEWKEYS the rest is not its own.
 */
export class PacketReader {
  #kept: Uint8Array = EMPTY
  #seen = 0
  #length = 0
  #holeAt: number | undefined
  #lost: 'no' | 'gap' | 'bad-packet-length' = 'no'

  get lost(): 'no' | 'gap' | 'bad-packet-length' {
    return this.#lost
  }

  /** Takes bytes from `start` on until a packet is complete; `next` is where it stopped. */
  push(bytes: Uint8Array, start: number): { readonly next: number; readonly packet?: SshPacket } {
    if (this.#seen === 0) {
      const direct = this.#wholeWithin(bytes, start)
      if (direct !== undefined) return direct
    }
    let at = start
    while (at < bytes.length && this.#lost === 'no') {
      const wanted = this.#seen < LENGTH_FIELD ? LENGTH_FIELD : this.#length
      const end = Math.min(bytes.length, at + wanted - this.#seen)
      this.#append(bytes.subarray(at, end))
      at = end
      if (this.#seen === LENGTH_FIELD) this.#readLength()
      if (this.#seen > LENGTH_FIELD && this.#seen === this.#length) {
        return { next: at, packet: this.#finish() }
      }
    }
    return { next: at }
  }

  /** The usual case, without a copy: the packet begins and ends in these bytes. */
  #wholeWithin(
    bytes: Uint8Array,
    start: number,
  ): { readonly next: number; readonly packet: SshPacket } | undefined {
    const body = start + LENGTH_FIELD
    if (this.#lost !== 'no' || body >= bytes.length) return undefined
    const length = u32(bytes, start)
    if (length < SHORTEST || length > MAX_PACKET || body + length > bytes.length) return undefined
    const end = Math.max(body + 1, body + length - (bytes[body] ?? 0))
    const payload = bytes.subarray(body + 1, end)
    return { next: body + length, packet: { type: payload[0], payload, holed: false } }
  }

  gap(length: number): SshPacket | undefined {
    if (this.#seen < LENGTH_FIELD || this.#seen + length > this.#length) {
      this.#lost = 'gap'
      return undefined
    }
    this.#holeAt ??= this.#seen
    this.#seen += length
    return this.#seen === this.#length ? this.#finish() : undefined
  }

  #readLength(): void {
    const length = u32(this.#kept, 0)
    if (length < SHORTEST || length > MAX_PACKET) this.#lost = 'bad-packet-length'
    this.#length = LENGTH_FIELD + length
  }

  #append(bytes: Uint8Array): void {
    const end = this.#seen + bytes.length
    if (this.#holeAt === undefined) {
      if (end > this.#kept.length) {
        const grown = new Uint8Array(Math.max(end, 2 * this.#kept.length, FIRST_BUFFER))
        grown.set(this.#kept)
        this.#kept = grown
      }
      this.#kept.set(bytes, this.#seen)
    }
    this.#seen = end
  }

  #finish(): SshPacket {
    const padding = this.#kept[LENGTH_FIELD] ?? 0
    const end = Math.max(LENGTH_FIELD + 1, this.#length - padding)
    const holed = this.#holeAt !== undefined && this.#holeAt < end
    const keptEnd = holed ? Math.min(end, this.#holeAt ?? end) : end
    const payload = this.#kept.subarray(LENGTH_FIELD + 1, keptEnd)
    this.#seen = 0
    this.#kept = EMPTY
    this.#holeAt = undefined
    return { type: payload[0], payload, holed }
  }
}

const EMPTY: Uint8Array = new Uint8Array(0)

function u32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  )
}

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
  #kept = new Uint8Array(0)
  #seen = 0
  #length = 0
  #holeAt: number | undefined
  #lost: 'no' | 'gap' | 'bad-packet-length' = 'no'

  get lost(): 'no' | 'gap' | 'bad-packet-length' {
    return this.#lost
  }

  /** Takes bytes from `start` on until a packet is complete; `next` is where it stopped. */
  push(bytes: Uint8Array, start: number): { readonly next: number; readonly packet?: SshPacket } {
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
    const view = new DataView(this.#kept.buffer, this.#kept.byteOffset)
    const length = view.getUint32(0)
    // Padding of at least 4 bytes, and a message number.
    if (length < 6 || length > MAX_PACKET) this.#lost = 'bad-packet-length'
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
    this.#kept = new Uint8Array(0)
    this.#holeAt = undefined
    return { type: payload[0], payload, holed }
  }
}

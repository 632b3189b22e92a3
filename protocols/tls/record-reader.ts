/** A piece of a TLS record: all of it, or as much as came with one chunk. */
export interface RecordPiece {
  readonly type: number
  readonly version: number
  /** Length of the whole record's content. */
  readonly length: number
  /** View of the chunk; empty for a piece that was never captured. */
  readonly content: Uint8Array
  /** Bytes that were never captured; then `content` is empty. */
  readonly missing: number
  /** This is the record's first piece. */
  readonly starts: boolean
  /** This is the record's last piece. */
  readonly ends: boolean
}

const HEADER = 5
/** 2^14 plus what the oldest compression and ciphers may add (RFC 5246 section 6.2.3). */
const MAX_LENGTH = 16_384 + 2_048
const FIRST_TYPE = 20
const LAST_TYPE = 24

/**
 * Cuts one direction's bytes into pieces of records (RFC 8446 section 5.1), however they were
 * segmented. It buffers a started header and nothing else. Once bytes make no record, or bytes are
 * missing that may hold a header, it is lost and says nothing more.
 *
 *     ContentType type;  // 20 to 24
 *     uint16 version;    // 3, 0 to 4; tells nothing
 *     uint16 length;
 *     opaque content[length];
 */
export class RecordReader {
  #headerBytes = 0
  #type = 0
  #version = 0
  #length = 0
  #left = 0
  #lost: 'no' | 'gap' | 'not-tls' = 'no'

  get lost(): 'no' | 'gap' | 'not-tls' {
    return this.#lost
  }

  push(bytes: Uint8Array): RecordPiece[] {
    const pieces: RecordPiece[] = []
    let at = 0
    while (at < bytes.length && this.#lost === 'no') {
      if (this.#headerBytes < HEADER) {
        at = this.#readHeader(bytes, at)
        if (this.#headerBytes === HEADER && this.#left === 0) pieces.push(this.#piece(EMPTY, 0))
        continue
      }
      const end = Math.min(bytes.length, at + this.#left)
      pieces.push(this.#piece(bytes.subarray(at, end), 0))
      at = end
    }
    return pieces
  }

  gap(length: number): RecordPiece[] {
    if (this.#lost !== 'no') return []
    if (this.#headerBytes < HEADER || length > this.#left) {
      this.#lost = 'gap'
      return []
    }
    return [this.#piece(EMPTY, length)]
  }

  #readHeader(bytes: Uint8Array, start: number): number {
    let at = start
    for (; at < bytes.length && this.#headerBytes < HEADER; at += 1) {
      const byte = bytes[at] ?? 0
      if (this.#headerBytes === 0) this.#type = byte
      else if (this.#headerBytes < 3) this.#version = ((this.#version << 8) | byte) & 0xffff
      else this.#length = ((this.#length << 8) | byte) & 0xffff
      this.#headerBytes += 1
    }
    if (this.#headerBytes < HEADER) return at
    this.#left = this.#length
    const known = this.#type >= FIRST_TYPE && this.#type <= LAST_TYPE
    if (!known || this.#version >> 8 !== 3 || this.#length > MAX_LENGTH) this.#lost = 'not-tls'
    return at
  }

  #piece(content: Uint8Array, missing: number): RecordPiece {
    const starts = this.#left === this.#length
    this.#left -= content.length + missing
    const ends = this.#left === 0
    if (ends) this.#headerBytes = 0
    return {
      type: this.#type,
      version: this.#version,
      length: this.#length,
      content,
      missing,
      starts,
      ends,
    }
  }
}

const EMPTY = new Uint8Array()

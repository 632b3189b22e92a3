/** The identification exchange of one direction, as far as it has come. */
export type Identification =
  | { readonly kind: 'incomplete' }
  | {
      readonly kind: 'identified'
      /** Without CR LF; a copy. */
      readonly text: Uint8Array
      /** Lines before it. */
      readonly linesBefore: number
      /** Offset in the pushed bytes of what follows. */
      readonly next: number
    }
  | {
      readonly kind: 'refused'
      readonly code: IdentificationFault
    }

export type IdentificationFault = 'not-ssh' | 'identification-too-long' | 'too-many-lines'

const FIRST_BYTES = 32
const LF = 0x0a
const CR = 0x0d
const PREFIX = [0x53, 0x53, 0x48, 0x2d]
/** RFC 4253 section 4.2 allows 255; some programs send more. */
const MAX_IDENTIFICATION = 1_024
const MAX_LINE = 8_192
const MAX_LINES = 64

/**
 * Reads lines up to and including the identification string (RFC 4253 section 4.2). The server may
 * send other lines before it; a client that does is read all the same.
 *
 *     SSH-protoversion-softwareversion SP comments CR LF   // CR may be missing
 */
export class IdentificationReader {
  #first: Uint8Array = NOTHING
  #line: number[] = []
  #lines = 0

  /** Lines before the identification string so far. */
  get lines(): number {
    return this.#lines
  }

  /** The first bytes, at most 32; a copy. */
  get firstBytes(): Uint8Array {
    return new Uint8Array(this.#first)
  }

  push(bytes: Uint8Array): Identification {
    const direct = this.#atOnce(bytes)
    if (direct !== undefined) return direct
    this.#first = Buffer.concat([this.#first, bytes.subarray(0, FIRST_BYTES - this.#first.length)])
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === LF) {
        if (this.#isIdentification()) return this.#identified(at + 1)
        this.#lines += 1
        this.#line = []
        if (this.#lines > MAX_LINES) return this.#refused('too-many-lines')
        continue
      }
      this.#line.push(byte)
      const fault = this.#faultOfLine()
      if (fault !== undefined) return this.#refused(fault)
    }
    return { kind: 'incomplete' }
  }

  /** The usual case, not byte by byte: nothing came before, and the first line is it. */
  #atOnce(bytes: Uint8Array): Identification | undefined {
    if (this.#lines > 0 || this.#line.length > 0 || this.#first.length > 0) return undefined
    for (let i = 0; i < PREFIX.length; i += 1) if (bytes[i] !== PREFIX[i]) return undefined
    const end = bytes.indexOf(LF)
    if (end < 0 || end > MAX_IDENTIFICATION) return undefined
    this.#first = bytes.slice(0, FIRST_BYTES)
    const text = new Uint8Array(bytes.subarray(0, bytes[end - 1] === CR ? end - 1 : end))
    return { kind: 'identified', text, linesBefore: 0, next: end + 1 }
  }

  #faultOfLine(): IdentificationFault | undefined {
    const length = this.#line.length
    if (length > MAX_LINE) return 'identification-too-long'
    return length > MAX_IDENTIFICATION && this.#isIdentification()
      ? 'identification-too-long'
      : undefined
  }

  #isIdentification(): boolean {
    return PREFIX.every((byte, i) => this.#line[i] === byte)
  }

  #identified(next: number): Identification {
    const line = this.#line.at(-1) === CR ? this.#line.slice(0, -1) : this.#line
    return { kind: 'identified', text: Uint8Array.from(line), linesBefore: this.#lines, next }
  }

  #refused(code: IdentificationFault): Identification {
    return { kind: 'refused', code }
  }
}

const NOTHING = new Uint8Array()

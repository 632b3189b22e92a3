import { readProxyHeader, type ProxyHeader } from '../protocols/proxy-protocol/proxy-header.ts'
import { type StreamChunk } from '../protocols/stream.ts'
import { sniff, type Sniffed } from './sniff.ts'

export type ProxySource = Extract<ProxyHeader, { kind: 'header' }>['source']

/** What a direction's newest bytes begin; `other` gives them back for whoever may still want them. */
export type LeadIn =
  | { readonly kind: 'undecided' }
  | { readonly kind: 'other'; readonly chunks: readonly StreamChunk[] }
  | { readonly kind: 'found'; readonly protocol: Found; readonly chunks: readonly StreamChunk[] }

export type Found = Exclude<Sniffed, 'undecided' | 'other'>

const LF_SSH = '\nSSH-'
const TAIL = LF_SSH.length - 1

/**
 * Looks for the beginning of TLS or SSH in one direction: at its first byte, after a PROXY header, at
 * the start of any segment after another protocol (STARTTLS and its like begin a segment, for they
 * wait for an answer), and for SSH at the start of any line. It keeps copies of the few bytes that do
 * not decide yet, with the times at which they came.
 */
export class LeadInReader {
  #chunks: StreamChunk[] = []
  #tail = ''
  #proxyRead = false
  /** What a PROXY header said; undefined when there was none. */
  proxy: { readonly source: ProxySource } | undefined

  /** Bytes that wait for more. */
  get pending(): readonly StreamChunk[] {
    return this.#chunks
  }

  push(chunk: StreamChunk): LeadIn {
    const found =
      this.#chunks.length === 0 && (this.#proxyRead || !mayBeginProxyHeader(chunk.bytes))
        ? begunBy(chunk)
        : undefined
    if (found === undefined) return this.#withPending(chunk)
    this.#proxyRead = true
    return { kind: 'found', protocol: found, chunks: [chunk] }
  }

  #withPending(chunk: StreamChunk): LeadIn {
    this.#chunks.push({ ...chunk, bytes: chunk.bytes.slice() })
    if (!this.#proxyRead && !this.#readProxy()) return { kind: 'undecided' }
    const last = this.#chunks.at(-1)
    if (last === undefined) return { kind: 'undecided' }
    const whole = sniff(joined(this.#chunks))
    if (whole === 'undecided') return { kind: 'undecided' }
    if (whole !== 'other') return this.#found(whole, this.#chunks)
    const alone = this.#chunks.length > 1 ? sniff(last.bytes) : 'other'
    if (alone !== 'other' && alone !== 'undecided') return this.#found(alone, [last])
    if (this.#lineBeginsSsh()) return this.#found('ssh', this.#chunks)
    const given = this.#chunks
    this.#chunks = alone === 'undecided' ? [last] : []
    return { kind: 'other', chunks: given.slice(0, given.length - this.#chunks.length) }
  }

  /** Bytes were lost: what waited begins nothing. */
  gap(): void {
    this.#chunks = []
    this.#tail = ''
    this.#proxyRead = true
  }

  #found(protocol: Found, chunks: readonly StreamChunk[]): LeadIn {
    this.#chunks = []
    return { kind: 'found', protocol, chunks }
  }

  /** False while a header may still be incomplete. */
  #readProxy(): boolean {
    const header = readProxyHeader(joined(this.#chunks))
    if (header.kind === 'incomplete') return false
    this.#proxyRead = true
    if (header.kind === 'header') {
      this.proxy = { source: header.source }
      this.#chunks = without(this.#chunks, header.length)
    }
    return true
  }

  #lineBeginsSsh(): boolean {
    const text = this.#tail + Buffer.from(joined(this.#chunks)).toString('latin1')
    this.#tail = text.slice(-TAIL)
    return text.includes(LF_SSH)
  }
}

/** The usual case, which needs no reader: the first bytes of a direction say it all. */
export function foundAtOnce(chunk: StreamChunk): Found | undefined {
  return mayBeginProxyHeader(chunk.bytes) ? undefined : begunBy(chunk)
}

function begunBy(chunk: StreamChunk): Found | undefined {
  const sniffed = sniff(chunk.bytes)
  return sniffed === 'undecided' || sniffed === 'other' ? undefined : sniffed
}

/** Version 1 begins with "PROXY", version 2 with a carriage return. */
function mayBeginProxyHeader(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 || bytes[0] === 0x0d
}

function joined(chunks: readonly StreamChunk[]): Uint8Array {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only.bytes
  return Buffer.concat(chunks.map((chunk) => chunk.bytes))
}

/** What follows the first `length` bytes. */
function without(chunks: readonly StreamChunk[], length: number): StreamChunk[] {
  const kept: StreamChunk[] = []
  let left = length
  for (const chunk of chunks) {
    if (chunk.bytes.length > left) kept.push({ ...chunk, bytes: chunk.bytes.subarray(left) })
    left = Math.max(0, left - chunk.bytes.length)
  }
  return kept
}

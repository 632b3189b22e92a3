import { type Direction, type StreamChunk, type StreamEnd, type StreamObserver } from '../stream.ts'
import { type ClientHello, parseClientHello } from './client-hello.ts'
import { HandshakeProgress } from './handshake-progress.ts'
import { type HandshakeMessage, HandshakeReader } from './handshake-reader.ts'
import { HelloClock } from './hello-clock.ts'
import { type RecordPiece, RecordReader } from './record-reader.ts'
import { CONTENT, EXTENSION, HANDSHAKE } from './registry.ts'
import { parseServerHello } from './server-hello.ts'
import { parseSsl2Hello, ssl2HelloLength } from './ssl2-hello.ts'
import { type HandshakeResult, type TlsFact, type TlsFault } from './tls-facts.ts'

/** Handshake bytes of one direction after which it is given up: certificate chains stay far below. */
const MAX_HANDSHAKE_BYTES = 1_048_576
const FIRST_BYTES = 32
/** More hellos on one connection than any client sends. */
const MAX_HELLOS = 8

/** Readers of one direction's bytes. */
class Side {
  readonly records = new RecordReader()
  readonly messages = new HandshakeReader()
  /** The first byte of an alert that came in two pieces. */
  alertLevel: number | undefined
  bytes = 0
}

/**
 * Observes one TLS connection from its first record on: hellos as they complete, then how the
 * handshake ended, then `done`. A byte that was never captured costs the message it belongs to, never
 * makes a wrong one.
 */
export function createTlsObserver(): StreamObserver<TlsFact> {
  return new TlsObserver()
}

class TlsObserver implements StreamObserver<TlsFact> {
  readonly #client = new Side()
  readonly #server = new Side()
  readonly #progress = new HandshakeProgress()
  readonly #clock = new HelloClock()
  /** What is held back of the client's first bytes; undefined once they have decided. */
  #ssl2: Uint8Array | undefined = EMPTY
  #recordVersion = 0
  #facts: TlsFact[] | undefined
  #done = false

  data(chunk: StreamChunk): readonly TlsFact[] {
    if (this.#done) return NOTHING
    const side = this.#side(chunk.direction)
    side.bytes += chunk.bytes.length
    if (chunk.direction === 'client') this.#clock.chunk(chunk.capturedAt)
    const bytes = chunk.direction === 'client' ? this.#withoutSsl2(chunk) : chunk.bytes
    for (const piece of side.records.push(bytes))
      this.#piece(chunk.direction, piece, chunk.capturedAt)
    this.#checkLost(chunk.direction, chunk)
    return this.#told()
  }

  gap(direction: Direction, length: number, capturedAt: number): readonly TlsFact[] {
    if (this.#done) return NOTHING
    this.#ssl2 = undefined
    const side = this.#side(direction)
    const inHello = side.messages.pendingType === HANDSHAKE.clientHello
    for (const piece of side.records.gap(length)) this.#piece(direction, piece, capturedAt)
    if (side.records.lost === 'gap' && inHello)
      this.#fault('hello-holed', direction, EMPTY, length, capturedAt)
    return this.#told()
  }

  end(how: StreamEnd, at: number): readonly TlsFact[] {
    if (this.#done) return NOTHING
    const cut = this.#client.messages.pendingType === HANDSHAKE.clientHello
    if (cut && this.#client.records.lost === 'no' && how !== 'capture-end') {
      this.#fault('hello-cut', 'client', EMPTY, this.#client.messages.pending, at)
    }
    const result = this.#progress.ended(how)
    if (result !== undefined) this.#conclude(result, at)
    this.#finish()
    return this.#told()
  }

  #piece(direction: Direction, piece: RecordPiece, at: number): void {
    if (this.#done) return
    if (direction === 'client' && piece.type !== CONTENT.handshake) this.#clock.stop()
    if (piece.type === CONTENT.handshake && this.#isReadable(direction, piece)) {
      this.#handshake(direction, piece, at)
    } else if (piece.type === CONTENT.alert && piece.length === 2) {
      this.#alert(direction, piece, at)
    } else if (piece.type === CONTENT.changeCipherSpec) {
      if (piece.starts) this.#progress.changeCipherSpec(direction)
    } else if (piece.starts && piece.type !== CONTENT.heartbeat) {
      this.#verdict(this.#progress.sealed(direction, piece.type, piece.length, at), at)
    }
  }

  /** Level and description, which may come in two pieces; of an alert with a hole nothing is known. */
  #alert(direction: Direction, piece: RecordPiece, at: number): void {
    const side = this.#side(direction)
    const [first, second] = piece.content
    const level = side.alertLevel ?? first
    const description = side.alertLevel === undefined ? second : first
    side.alertLevel = piece.ends ? undefined : level
    if (!piece.ends || level === undefined || description === undefined) return
    this.#verdict(this.#progress.alert(direction, level, description), at)
  }

  #handshake(direction: Direction, piece: RecordPiece, at: number): void {
    const { messages } = this.#side(direction)
    if (direction === 'client' && messages.pending === 0) {
      this.#recordVersion = piece.version
      this.#clock.ensure(at)
    }
    const complete = piece.missing > 0 ? messages.gap(piece.missing) : messages.push(piece.content)
    for (const message of complete) this.#message(direction, message, at)
  }

  /**
   * Handshake records are encrypted after ChangeCipherSpec, but for a second hello: it comes after the
   * ChangeCipherSpec that TLS 1.3 clients send for the sake of middleboxes.
   */
  #isReadable(direction: Direction, piece: RecordPiece): boolean {
    if (this.#side(direction).messages.pending > 0 || this.#progress.isReadable(direction))
      return true
    const [type, high = 0, middle = 0, low = 0, major] = piece.content
    const length = (high << 16) | (middle << 8) | low
    return type === HANDSHAKE.clientHello && major === 3 && length + 4 === piece.length
  }

  #message(direction: Direction, message: HandshakeMessage, at: number): void {
    if (this.#done) return
    if (direction === 'client' && message.type === HANDSHAKE.clientHello) {
      this.#clientHello(message, at)
      return
    }
    const isServerHello =
      message.type === HANDSHAKE.serverHello || message.type === HANDSHAKE.helloRetryRequest
    if (direction === 'server' && isServerHello && message.whole) {
      const parsed = parseServerHello(message.bytes)
      if (parsed.kind === 'emit') this.#progress.serverHello(parsed.value)
      return
    }
    this.#progress.message(direction, message)
  }

  #clientHello(message: HandshakeMessage, at: number): void {
    if (!message.whole) {
      const code = message.holed ? 'hello-holed' : 'hello-too-long'
      this.#fault(code, 'client', message.bytes, message.length, at)
      return
    }
    const parsed = parseClientHello(message.bytes)
    if (parsed.kind === 'emit') this.#hello(parsed.value, at)
    else this.#fault(`hello-${parsed.code}`, 'client', message.bytes, message.length, at, parsed.at)
  }

  #hello(hello: ClientHello, at: number): void {
    if (this.#progress.hellos >= MAX_HELLOS) {
      this.#finish()
      return
    }
    const answersRetry = this.#progress.retried
    const ordinal = this.#progress.hellos
    this.#progress.clientHello(hello.extensions.includes(EXTENSION.earlyData), at)
    const timing = this.#clock.complete(at)
    const recordVersion = this.#recordVersion
    this.#tell({ kind: 'hello', hello, recordVersion, ordinal, answersRetry, timing })
  }

  /** Holds back the first bytes until they show whether this is an SSLv2-style hello. */
  #withoutSsl2(chunk: StreamChunk): Uint8Array {
    const held = this.#ssl2
    if (held === undefined) return chunk.bytes
    const bytes = held.length === 0 ? chunk.bytes : Buffer.concat([held, chunk.bytes])
    if (((bytes[0] ?? 0) & 0x80) === 0) {
      this.#ssl2 = undefined
      return bytes
    }
    const length = ssl2HelloLength(bytes)
    if (bytes.length < (length ?? 5)) {
      this.#ssl2 = new Uint8Array(bytes)
      return EMPTY
    }
    this.#ssl2 = undefined
    if (length === undefined) return bytes
    const parsed = parseSsl2Hello(bytes.subarray(0, length))
    if (parsed.kind === 'emit') this.#hello(parsed.value, chunk.capturedAt)
    else this.#fault(`hello-${parsed.code}`, 'client', bytes, length, chunk.capturedAt, parsed.at)
    return bytes.subarray(length)
  }

  #checkLost(direction: Direction, chunk: StreamChunk): void {
    const side = this.#side(direction)
    if (this.#done) return
    if (side.records.lost === 'not-tls') {
      this.#fault('not-tls', direction, chunk.bytes, chunk.bytes.length, chunk.capturedAt)
      this.#finish()
    } else if (side.bytes > MAX_HANDSHAKE_BYTES) {
      this.#fault('too-much-handshake', direction, EMPTY, side.bytes, chunk.capturedAt)
      this.#finish()
    }
  }

  #verdict(verdict: HandshakeResult | undefined, at: number): void {
    if (verdict === undefined) return
    this.#conclude(verdict, at)
    this.#finish()
  }

  #conclude(result: HandshakeResult, at: number): void {
    this.#tell({ kind: 'handshake', result, at, summary: this.#progress.summary() })
  }

  #finish(): void {
    this.#done = true
    this.#tell({ kind: 'done' })
  }

  #fault(
    code: TlsFault,
    direction: Direction,
    bytes: Uint8Array,
    length: number,
    at: number,
    place?: string,
  ): void {
    const firstBytes = bytes.slice(0, FIRST_BYTES)
    this.#tell({
      kind: 'fault',
      code,
      direction,
      place: place ?? 'byte 0',
      firstBytes,
      length,
      at,
    })
  }

  #tell(fact: TlsFact): void {
    this.#facts ??= []
    this.#facts.push(fact)
  }

  /** What there is to tell; let go of, for a hello kept here would live as long as its connection. */
  #told(): readonly TlsFact[] {
    const facts = this.#facts ?? NOTHING
    this.#facts = undefined
    return facts
  }

  #side(direction: Direction): Side {
    return direction === 'client' ? this.#client : this.#server
  }
}

const EMPTY = new Uint8Array()
const NOTHING: readonly TlsFact[] = []

import { printable } from '../printable.ts'
import { type Direction, type StreamEnd } from '../stream.ts'
import { type HandshakeMessage } from './handshake-reader.ts'
import { CONTENT, HANDSHAKE } from './registry.ts'
import { type ServerHello } from './server-hello.ts'
import { type HandshakeResult, type HandshakeSummary } from './tls-facts.ts'

const FATAL = 2
const CLOSE_NOTIFY = 0
const NO_CERTIFICATE = 41
const USER_CANCELED = 90
/** An encrypted alert of TLS 1.3: two bytes, the inner type, and a tag of 16 or (CCM_8) 8 bytes. */
const SEALED_ALERT = [19, 11]
/** An encrypted EndOfEarlyData: a header of 4 bytes instead of the alert's two. */
const SEALED_END_OF_EARLY_DATA = 21

type Verdict = 'finished' | 'failed' | undefined

interface Side {
  changedCipher: boolean
  /** Sealed handshake records after the change of ciphers (TLS 1.2 and before). */
  finished: boolean
  sealed: number
}

/**
 * How far a handshake has come, from what stays visible of it. TLS 1.2 and before show ChangeCipherSpec
 * and the record that holds Finished. TLS 1.3 shows record lengths only: the client's first sealed
 * record is its last flight unless it has an alert's length, and what the server sends next tells
 * whether it agreed.
 */
export class HandshakeProgress {
  readonly #client: Side = { changedCipher: false, finished: false, sealed: 0 }
  readonly #server: Side = { changedCipher: false, finished: false, sealed: 0 }
  #hellos = 0
  #helloAt: number | null = null
  #earlyData = false
  #serverHello: Omit<ServerHello, 'alpn' | 'sessionId'> | undefined
  #serverAlpn: string | null = null
  #retry = false
  #resumed: boolean | null = null
  #requested: boolean | null = null
  #certificate: HandshakeSummary['clientCertificate'] = 'unknown'
  #serverCertificate = false
  #alert: { from: Direction; description: number | null } | undefined
  #clientFinishedAt: number | null = null

  get retried(): boolean {
    return this.#retry
  }

  get hellos(): number {
    return this.#hellos
  }

  clientHello(offersEarlyData: boolean, at: number): void {
    this.#hellos += 1
    this.#helloAt ??= at
    this.#earlyData = offersEarlyData
  }

  /** What of it is a view is read now: its bytes are gone when the handshake is summed up. */
  serverHello(hello: ServerHello): void {
    const { retry, version, cipherSuite, group, acceptsPsk, downgradeSentinel, alpn } = hello
    if (retry) this.#retry = true
    this.#serverHello = { retry, version, cipherSuite, group, acceptsPsk, downgradeSentinel }
    this.#serverAlpn = alpn === undefined ? null : printable(alpn)
    if (!hello.retry && this.#isTls13()) this.#resumed = hello.acceptsPsk
  }

  message(direction: Direction, message: HandshakeMessage): void {
    if (direction === 'client') {
      if (message.type === HANDSHAKE.certificate) this.#certificate = certificateOf(message)
      return
    }
    if (message.type === HANDSHAKE.certificate) this.#serverCertificate = true
    else if (message.type === HANDSHAKE.certificateRequest) this.#requested = true
    else if (message.type === HANDSHAKE.serverHelloDone) {
      this.#resumed = false
      this.#requested ??= false
      if (!this.#requested) this.#certificate = 'none'
    }
  }

  changeCipherSpec(direction: Direction): void {
    this.#side(direction).changedCipher = true
    if (direction !== 'server' || this.#isTls13() || this.#serverHello === undefined) return
    if (this.#resumed === null && !this.#serverCertificate) {
      this.#resumed = true
      this.#requested = false
      this.#certificate = 'none'
    }
  }

  /** True while handshake and alert records of a side are still readable. */
  isReadable(direction: Direction): boolean {
    return this.#isTls13() || !this.#side(direction).changedCipher
  }

  alert(from: Direction, level: number, description: number): Verdict {
    if (description === NO_CERTIFICATE && from === 'client') this.#certificate = 'empty'
    const farewell = description === CLOSE_NOTIFY || description === USER_CANCELED
    if (farewell || (level !== FATAL && !this.#isTls13())) return undefined
    this.#alert = { from, description }
    return 'failed'
  }

  /** An encrypted record begins. */
  sealed(from: Direction, type: number, length: number, at: number): Verdict {
    const side = this.#side(from)
    side.sealed += 1
    if (type === CONTENT.applicationData && !(side.changedCipher && side.finished)) {
      return this.#sealed13(from, length, at)
    }
    return this.#sealed12(from, type, at)
  }

  /** What the end of the stream makes of it; undefined when the capture ended and nothing is known. */
  ended(how: StreamEnd): HandshakeResult | undefined {
    if (how === 'reset') return 'reset'
    if (this.#clientFinishedAt !== null && (this.#isTls13() || this.#server.sealed === 0)) {
      return 'finished'
    }
    if (how === 'capture-end') return undefined
    return how === 'fin' ? 'closed' : 'silent'
  }

  summary(): HandshakeSummary {
    const server = this.#serverHello
    return {
      helloCount: this.#hellos,
      serverVersion: server?.version ?? null,
      serverCipher: server === undefined || server.cipherSuite === 0 ? null : server.cipherSuite,
      serverGroup: server?.group ?? null,
      serverAlpn: this.#serverAlpn,
      helloRetry: this.#retry,
      downgradeSentinel: server?.downgradeSentinel ?? false,
      resumed: this.#resumed,
      certificateRequested: this.#requested,
      clientCertificate: this.#certificate,
      alertFrom: this.#alert?.from ?? null,
      alertDescription: this.#alert?.description ?? null,
      helloAt: this.#helloAt,
      clientFinishedAt: this.#clientFinishedAt,
    }
  }

  #sealed12(from: Direction, type: number, at: number): Verdict {
    if (type === CONTENT.alert) return this.#fail(from)
    if (type === CONTENT.applicationData)
      return from === 'server' || this.#isOneSided() ? 'finished' : undefined
    this.#side(from).finished = true
    if (from === 'client') this.#clientFinishedAt ??= at
    return this.#client.finished && this.#server.finished ? 'finished' : undefined
  }

  #sealed13(from: Direction, length: number, at: number): Verdict {
    const isAlert = SEALED_ALERT.includes(length)
    if (from === 'client') {
      // A client that takes its leave after Finished was content with the server.
      if (this.#clientFinishedAt !== null) {
        return isAlert || this.#isOneSided() ? 'finished' : undefined
      }
      if (this.#earlyData && !this.#endsEarlyData(length)) return undefined
      if (isAlert) return this.#fail('client')
      if (length !== SEALED_END_OF_EARLY_DATA) this.#clientFinishedAt = at
      return undefined
    }
    if (this.#clientFinishedAt === null) return undefined
    return isAlert ? this.#fail('server') : 'finished'
  }

  /** Early data may have any length; the client's Finished has its hash's: 53, or 69 with SHA-384. */
  #endsEarlyData(length: number): boolean {
    return this.#server.sealed > 0 && (length === 53 || length === 69)
  }

  #fail(from: Direction): 'failed' {
    this.#alert = { from, description: null }
    return 'failed'
  }

  #isOneSided(): boolean {
    return this.#serverHello === undefined && this.#server.sealed === 0
  }

  #isTls13(): boolean {
    const version = this.#serverHello?.version ?? 0
    return this.#retry || version === 0x0304 || version >> 8 === 0x7f
  }

  #side(direction: Direction): Side {
    return direction === 'client' ? this.#client : this.#server
  }
}

/** Header of 4 bytes, then the list's length in 3. */
function certificateOf(message: HandshakeMessage): 'unknown' | 'empty' | 'presented' {
  if (message.bytes.length < 7) return 'unknown'
  return message.bytes[4] === 0 && message.bytes[5] === 0 && message.bytes[6] === 0
    ? 'empty'
    : 'presented'
}

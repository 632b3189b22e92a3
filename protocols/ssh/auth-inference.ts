import { type Direction, type StreamEnd } from '../stream.ts'
import { type Negotiated } from './negotiation.ts'
import { sealedSize } from './packet-sizes.ts'
import { type SshAuthentication } from './ssh-facts.ts'

const USERAUTH_SUCCESS_PAYLOAD = 1
/** SERVICE_ACCEPT of "ssh-userauth". */
const SERVICE_ACCEPT_PAYLOAD = 17
/** Turns after which a connection without success is no longer watched. */
const MAX_TURNS = 256
const MAX_SIZES = 16

/**
 * Infers authentication from the sizes of what server and client send in turn once both are
 * encrypted. USERAUTH_SUCCESS has one byte of payload, so with known algorithms its size on the wire
 * is exact, and nothing else the server says in that place is as small. USERAUTH_FAILURE repeats the
 * same bytes; other answers (PK_OK, INFO_REQUEST) differ from it. Most clients ask for "none" first,
 * to learn the methods: that is no attempt. What sizes cannot tell stays `unknown`.
 */
export class AuthInference {
  readonly #success: number | undefined
  readonly #accept: number | undefined
  readonly #asksNone: boolean
  #turn: Direction | undefined
  #accepted = false
  #clientTurns = 0
  /** Sizes of the server's answers to authentication requests. */
  readonly #answers = new Map<number, number>()
  #firstAnswer: number | undefined
  #open = 0
  #authenticated = false
  #confused = false

  constructor(negotiated: Negotiated, clientIdentification: string) {
    const { cipherToClient: cipher, macToClient: mac } = negotiated
    const known = cipher !== null && mac !== null && negotiated.compressionToClient !== 'zlib'
    this.#success = known ? sealedSize(cipher, mac, USERAUTH_SUCCESS_PAYLOAD) : undefined
    this.#accept = known ? sealedSize(cipher, mac, SERVICE_ACCEPT_PAYLOAD) : undefined
    this.#asksNone = !clientIdentification.toLowerCase().includes('paramiko')
  }

  /** Nothing more is to be learnt. */
  get settled(): boolean {
    return this.#authenticated || this.#confused || this.#clientTurns > MAX_TURNS
  }

  /** One segment's worth of encrypted bytes. */
  sealed(direction: Direction, size: number): void {
    if (this.settled) return
    const begins = this.#turn !== direction
    this.#turn = direction
    if (direction === 'client') {
      if (begins) this.#clientTurns += 1
      return
    }
    if (this.#clientTurns === 0) return
    if (!begins) {
      this.#open += size
      return
    }
    this.#closeAnswer()
    this.#beginAnswer(size)
  }

  /** Bytes were not captured: sizes tell nothing any more. */
  lost(): void {
    this.#confused = true
  }

  conclude(how: StreamEnd, bothDirections: boolean): SshAuthentication {
    this.#closeAnswer()
    if (!bothDirections || this.#confused || this.#success === undefined) return UNKNOWN
    const attempts = this.#attempts()
    if (this.#authenticated) return { result: 'authenticated', confidence: 0.95, attempts }
    if (how === 'capture-end') return { ...UNKNOWN, attempts }
    if (this.#firstAnswer === undefined || attempts === 0) {
      const confidence = this.#firstAnswer === undefined ? 0.9 : 0.7
      return { result: 'no-authentication', confidence, attempts: 0 }
    }
    return { result: 'not-authenticated', confidence: 0.8, attempts }
  }

  #beginAnswer(size: number): void {
    if (!this.#accepted && (size === this.#accept || this.#clientTurns === 1)) {
      this.#accepted = true
      return
    }
    this.#accepted = true
    if (size === this.#success) {
      this.#authenticated = true
      return
    }
    this.#open = size
  }

  #closeAnswer(): void {
    const size = this.#open
    this.#open = 0
    if (size === 0) return
    this.#firstAnswer ??= size
    if (this.#answers.has(size) || this.#answers.size < MAX_SIZES) {
      this.#answers.set(size, (this.#answers.get(size) ?? 0) + 1)
    }
  }

  /** Failures are the answers of the size of the first one; the first answers "none". */
  #attempts(): number {
    const first = this.#firstAnswer
    const failures = first === undefined ? 0 : (this.#answers.get(first) ?? 0)
    const refused = Math.max(0, failures - (this.#asksNone && failures > 0 ? 1 : 0))
    return refused + (this.#authenticated ? 1 : 0)
  }
}

const UNKNOWN: SshAuthentication = { result: 'unknown', confidence: 0, attempts: 0 }

import { type Direction } from '../stream.ts'
import { type ClientHello, type HelloFault } from './client-hello.ts'

/** A ClientHello is complete. */
export interface HelloFact {
  readonly kind: 'hello'
  /** Its views are valid during the call only. */
  readonly hello: ClientHello
  /** Version field of the record it began in. */
  readonly recordVersion: number
  /** 0 for the first on the connection. */
  readonly ordinal: number
  readonly answersRetry: boolean
  readonly timing: HelloTiming
}

/** When the bytes of a hello came; microseconds. */
export interface HelloTiming {
  readonly firstByteAt: number
  readonly completeAt: number
  /** Segments that brought bytes of it. */
  readonly segments: number
  /** Longest and shortest silence between two of them; 0 with one segment. */
  readonly largestGapUs: number
  readonly smallestGapUs: number
}

export type HandshakeResult = 'finished' | 'failed' | 'reset' | 'silent' | 'closed'

/** The handshake ended, one way or another; said once, as the last but `done`. */
export interface HandshakeFact {
  readonly kind: 'handshake'
  readonly result: HandshakeResult
  readonly at: number
  readonly summary: HandshakeSummary
}

/** What was visible of a handshake; null where it cannot be told. */
export interface HandshakeSummary {
  readonly helloCount: number
  readonly serverVersion: number | null
  readonly serverCipher: number | null
  readonly serverGroup: number | null
  readonly serverAlpn: string | null
  readonly helloRetry: boolean
  readonly downgradeSentinel: boolean
  readonly resumed: boolean | null
  readonly certificateRequested: boolean | null
  readonly clientCertificate: 'unknown' | 'none' | 'empty' | 'presented'
  readonly alertFrom: Direction | null
  readonly alertDescription: number | null
  /** First hello complete, and the client's Finished; microseconds. */
  readonly helloAt: number | null
  readonly clientFinishedAt: number | null
}

/** Why TLS bytes could not be understood; a closed list, usable as a metric label. */
export type TlsFault =
  | `hello-${HelloFault}`
  | 'hello-too-long'
  | 'hello-holed'
  | 'hello-cut'
  | 'not-tls'
  | 'too-much-handshake'

/** Bytes that break the protocol, or a hello that cannot be had. */
export interface TlsFaultFact {
  readonly kind: 'fault'
  readonly code: TlsFault
  /** Whose bytes, and where in them. */
  readonly direction: Direction
  readonly place: string
  /** At most 32 bytes, a copy. */
  readonly firstBytes: Uint8Array
  readonly length: number
  readonly at: number
}

/** Nothing more will be said: the rest is encrypted or not understood. */
export interface DoneFact {
  readonly kind: 'done'
}

export type TlsFact = HelloFact | HandshakeFact | TlsFaultFact | DoneFact

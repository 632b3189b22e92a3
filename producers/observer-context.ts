import { type AnyRecord } from '../lib/codec/codec.ts'
import { type FingerprintMemo } from '../protocols/tls/fingerprint-memo.ts'
import { type Judgement } from './judgement.ts'
import { type ObserverLimits } from './observer-limits.ts'
import { type Sensor } from './records/envelope.ts'

/** What became of connections and of what they said; every connection not read is here by reason. */
export interface ObservationCounters {
  tlsConnections: number
  sshConnections: number
  hellos: number
  hellosWithoutFingerprint: number
  deadLetters: number
  /** Not told of, beyond the rate. */
  deadLettersCapped: number
  /** Records nobody took in time. */
  recordsDropped: number
  readonly ignored: {
    /** Neither TLS nor SSH within the bytes that are looked at. */
    otherProtocol: number
    /** The side that accepted the connection sent the ClientHello. */
    reversedTls: number
    /** No payload, to no listener of interest or from an unproven address. */
    empty: number
    /** Came to nothing where TLS or SSH is spoken, beyond the rate at which that is told of. */
    flood: number
  }
}

/** What the connections of one observer share. */
export interface ObserverContext {
  readonly sensor: Sensor
  readonly limits: ObserverLimits
  readonly judgement: Judgement
  readonly memo: FingerprintMemo
  readonly counters: ObservationCounters
  /** Bytes held over all connections. */
  readonly held: { bytes: number }
  /** True when a PROXY header from this address is to be believed. */
  trustsProxy(address: Uint8Array): boolean
  /** The records somebody asks for; undefined for all. */
  readonly wanted: ReadonlySet<AnyRecord['type']> | undefined
  readonly emit: (record: AnyRecord) => void
}

export function createObservationCounters(): ObservationCounters {
  return {
    tlsConnections: 0,
    sshConnections: 0,
    hellos: 0,
    hellosWithoutFingerprint: 0,
    deadLetters: 0,
    deadLettersCapped: 0,
    recordsDropped: 0,
    ignored: { otherProtocol: 0, reversedTls: 0, empty: 0, flood: 0 },
  }
}

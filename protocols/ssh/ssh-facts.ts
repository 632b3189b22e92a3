import { type Direction, type StreamEnd } from '../stream.ts'
import { type IdentificationFault } from './identification.ts'
import { type KexInit } from './kex-init.ts'
import { type Negotiated } from './negotiation.ts'

/** How far a client came. */
export type SshStage = 'kexinit' | 'identification' | 'half-open' | 'version-1' | 'malformed'

/** The connection as far as its key exchange; said once. Times are microseconds. */
export interface SshConnectionFact {
  readonly kind: 'connection'
  readonly stage: SshStage
  readonly at: number
  /** Identification strings as sent, without CR LF. */
  readonly clientIdentification: Uint8Array | undefined
  readonly serverIdentification: Uint8Array | undefined
  readonly preBannerLines: number
  readonly client: KexInit | undefined
  readonly server: KexInit | undefined
  readonly negotiated: Negotiated | undefined
  readonly clientIdentifiedAt: number | undefined
  readonly serverIdentifiedAt: number | undefined
  readonly clientKexInitAt: number | undefined
}

/** What packet sizes tell of authentication. */
export interface SshAuthentication {
  readonly result: 'authenticated' | 'not-authenticated' | 'no-authentication' | 'unknown'
  /** 0 to 1. */
  readonly confidence: number
  readonly attempts: number
}

/** The connection ended. */
export interface SshSessionFact {
  readonly kind: 'session'
  readonly ended: StreamEnd
  readonly at: number
  readonly authentication: SshAuthentication
}

/** Client and server are the other way round than they were fed; comes before any other fact. */
export interface SshRolesFact {
  readonly kind: 'roles-reversed'
}

/** Why SSH bytes could not be understood; a closed list, usable as a metric label. */
export type SshFault =
  | IdentificationFault
  | 'bad-packet-length'
  | 'kexinit-truncated'
  | 'kexinit-bad-length'
  | 'kexinit-holed'

export interface SshFaultFact {
  readonly kind: 'fault'
  readonly code: SshFault
  readonly direction: Direction
  readonly place: string
  /** At most 32 bytes, a copy. */
  readonly firstBytes: Uint8Array
  readonly length: number
  readonly at: number
}

/** No more payload is wanted; `end` is. */
export interface SshDoneFact {
  readonly kind: 'done'
}

export type SshFact = SshConnectionFact | SshSessionFact | SshRolesFact | SshFaultFact | SshDoneFact

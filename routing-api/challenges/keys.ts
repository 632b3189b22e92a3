import { createHmac, type KeyObject } from 'node:crypto'

/** A key with its name, and what is made of it for each use. */
export interface TokenKey {
  readonly id: string
  readonly token: Uint8Array
  readonly cookie: Uint8Array
  readonly stamp: Uint8Array
}

/** The keys challenges need; every instance of one installation has the same. */
export interface ChallengeKeys {
  /** The first makes, all are accepted. */
  readonly tokens: readonly [TokenKey, ...TokenKey[]]
  /** The gate's X25519 key: what is sealed to the gate is opened here. */
  readonly seal: KeyObject
  /** 32 bytes; seals what is enrolled before it goes on the log. */
  readonly enrolment: Uint8Array
  /** Keyed hash of user names: 32 hex digits. */
  readonly hashName: (name: string) => string
}

/** One key for each use, so that no value made for one is of use for another. */
export function tokenKey(id: string, key: Uint8Array): TokenKey {
  const derived = (use: string): Uint8Array =>
    createHmac('sha256', key).update(`vestibule-${use}-1`).digest()
  return { id, token: derived('token'), cookie: derived('cookie'), stamp: derived('stamp') }
}

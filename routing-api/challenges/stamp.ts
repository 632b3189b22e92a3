import { createHmac } from 'node:crypto'
import { uint64, labelled } from '../../protocols/challenge/labelled.ts'
import { toBase64Url } from '../../protocols/challenge/base64url.ts'
import { isSameMac } from '../../protocols/challenge/stamp-mac.ts'
import { type ChallengeKeys, type TokenKey } from './keys.ts'

/**
 * Time and MAC in the comment of the server's identification string, which every client signs with the session
 * hash (US 9692757): what was signed tells when, and from which address, the connection was let in.
 */
export interface Stamp {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** 96 bits of HMAC-SHA256 over time, client address (16 bytes) and port: 16 characters. */
  readonly mac: string
}

/** Seconds for which a stamp is good: sshd's LoginGraceTime. */
const GOOD_FOR_MS = 120_000
const BYTES = 12

export function stampOf(
  address: Uint8Array,
  port: number,
  nowMs: number,
  { tokens: [key] }: ChallengeKeys,
): Stamp {
  const timestamp = Math.floor(nowMs)
  return { timestamp, mac: toBase64Url(macOf(key, timestamp, address, port)) }
}

/** Whether a stamp was made here for this client, and not longer ago than a login may take. */
export function isStampOf(
  { timestamp, mac }: Stamp,
  address: Uint8Array,
  port: number,
  nowMs: number,
  keys: ChallengeKeys,
  skewMs: number,
): boolean {
  const told = Buffer.from(mac, 'base64url')
  const own = keys.tokens.some((key) => isSameMac(macOf(key, timestamp, address, port), told))
  return own && timestamp <= nowMs + skewMs && nowMs <= timestamp + GOOD_FOR_MS + skewMs
}

function macOf(key: TokenKey, timestamp: number, address: Uint8Array, port: number): Buffer {
  return createHmac('sha256', key.stamp)
    .update(labelled('stamp', uint64(timestamp), address, uint64(port)))
    .digest()
    .subarray(0, BYTES)
}

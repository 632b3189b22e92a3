import { createHmac, timingSafeEqual } from 'node:crypto'
import { labelled, uint64 } from './labelled.ts'

/** Clocks of client and gate may differ by this much. */
export const CLOCK_SKEW_MS = 120_000

/** What the MAC of an enrolled client covers. */
export interface StampInput {
  /** The challenge's; empty in a HELLO, which comes before there is one. */
  readonly nonce: Uint8Array
  /** The client's clock, milliseconds since 1970. */
  readonly timestamp: number
  readonly bind: Uint8Array
}

/** HMAC-SHA256 of an enrolled client over nonce, time and connection. `key` is 32 random bytes shared at enrolment. */
export function stampMac(key: Uint8Array, { nonce, timestamp, bind }: StampInput): Buffer {
  return createHmac('sha256', key)
    .update(labelled('mac', nonce, uint64(timestamp), bind))
    .digest()
}

/** What a return-routability cookie covers: the answer must come from where the challenge was sent. */
export interface CookieInput extends StampInput {
  /** The client's address, 16 bytes. `timestamp` is the gate's here. */
  readonly address: Uint8Array
}

/** HMAC-SHA256 of the gate for clients it shares no key with: they send it back as it is. */
export function routabilityCookie(
  secret: Uint8Array,
  { nonce, timestamp, bind, address }: CookieInput,
): Buffer {
  return createHmac('sha256', secret)
    .update(labelled('cookie', nonce, uint64(timestamp), bind, address))
    .digest()
}

/** Whether two MACs are the same, in a time that does not tell where they differ. */
export function isSameMac(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Whether a client's clock is near enough to ours, both in milliseconds since 1970. */
export function isFresh(timestamp: number, now: number, skewMs = CLOCK_SKEW_MS): boolean {
  return Math.abs(timestamp - now) <= skewMs
}

import { createHash } from 'node:crypto'
import { type RecordName } from '../schemas/generated/records.ts'

const utf8 = new TextEncoder()

/**
 * Joins what is seen of one connection by whoever sees it: SHA-256, cut to 128 bits, of client
 * address (16 bytes), client port and the TLS client random or SSH cookie.
 */
export function connectionId(
  clientAddress: Uint8Array,
  clientPort: number,
  nonce: Uint8Array,
): Uint8Array {
  return createHash('sha256')
    .update(clientAddress)
    .update(Uint8Array.of(clientPort >> 8, clientPort & 0xff))
    .update(nonce)
    .digest()
    .subarray(0, 16)
}

/** Deterministic id of a record: SHA-256, cut to 128 bits, of its type, what it is about, and its ordinal. */
export function eventId(type: RecordName, about: Uint8Array | string, ordinal: number): Uint8Array {
  return createHash('sha256')
    .update(utf8.encode(`${type}\0${ordinal}\0`))
    .update(about)
    .digest()
    .subarray(0, 16)
}

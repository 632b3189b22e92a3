import { hash } from 'node:crypto'
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
  const bytes = new Uint8Array(18 + nonce.length)
  bytes.set(clientAddress)
  bytes[16] = clientPort >> 8
  bytes[17] = clientPort & 0xff
  bytes.set(nonce, 18)
  return digest128(bytes)
}

/** Deterministic id of a record: SHA-256, cut to 128 bits, of its type, what it is about, and its ordinal. */
export function eventId(type: RecordName, about: Uint8Array | string, ordinal: number): Uint8Array {
  const head = `${type}\0${ordinal}\0`
  if (typeof about === 'string') return digest128(utf8.encode(head + about))
  const bytes = new Uint8Array(head.length + about.length)
  for (let i = 0; i < head.length; i += 1) bytes[i] = head.charCodeAt(i)
  bytes.set(about, head.length)
  return digest128(bytes)
}

/** First 16 bytes of SHA-256, in one call: a hash object would cost several times the hashing. */
function digest128(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'binary').slice(0, 16), 'latin1')
}

import { createHash } from 'node:crypto'

/**
 * What ties a challenge to one connection: SHA-256 of the client's identification string (without its line end) and
 * the payload of its KEXINIT, whose cookie is 16 random bytes. An answer cannot be moved to another connection
 * unless that one copies the KEXINIT, and then its key exchange cannot be finished.
 */
export function connectionBind(identification: Uint8Array, kexInitPayload: Uint8Array): Buffer {
  return createHash('sha256').update(identification).update(kexInitPayload).digest()
}

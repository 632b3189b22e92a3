import {
  createCipheriv,
  createDecipheriv,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { privateKey, publicKey, rawPublicKey } from './gate-keys.ts'
import { labelled } from './labelled.ts'

/** What a sealed value is: it opens as nothing else. */
export type SealPurpose = 'username' | 'answer' | 'totp' | 'device'

/** Where a sealed value belongs: it opens nowhere else. `nonce` is the challenge's; empty in a HELLO. */
export interface SealContext {
  readonly purpose: SealPurpose
  readonly bind: Uint8Array
  readonly nonce: Uint8Array
}

/** Bytes of a sealed text at the most; it is padded to whole blocks, so that its length says little. */
export const LONGEST_SEALED_TEXT = 1_022
const BLOCK = 64
const EPHEMERAL = 32
const TAG = 16
export const LONGEST_SEALED = EPHEMERAL + 1_024 + TAG

/**
 * Seals bytes to a gate's X25519 key, so that only that gate can read or check them:
 *
 *     sealed = ephemeral public key (32) || AES-256-GCM(key, iv, padded text, aad = "") || tag (16)
 *     key (32) || iv (12) = HKDF-SHA256(secret = X25519(ephemeral, gate), salt = ephemeral || gate, info = context)
 *     padded = uint16 length || text || zeros up to a multiple of 64
 *
 * `ephemeralSeed` is 32 fresh random bytes. Throws RangeError on a text of more than 1022 bytes.
 */
export function seal(
  gate: Uint8Array,
  ephemeralSeed: Uint8Array,
  context: SealContext,
  text: Uint8Array,
): Buffer {
  if (text.length > LONGEST_SEALED_TEXT) throw new RangeError(`${text.length} bytes to seal`)
  const ephemeral = privateKey('x25519', ephemeralSeed)
  const point = rawPublicKey(ephemeral)
  const secret = diffieHellman({ privateKey: ephemeral, publicKey: publicKey('x25519', gate) })
  const { key, iv } = derive(secret, point, gate, context)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  return Buffer.concat([point, cipher.update(pad(text)), cipher.final(), cipher.getAuthTag()])
}

/** Opens what was sealed to this gate for this place; undefined when it was not, or was altered. */
export function unseal(
  gate: KeyObject,
  context: SealContext,
  sealed: Uint8Array,
): Buffer | undefined {
  const padded = sealed.length - EPHEMERAL - TAG
  if (padded < BLOCK || padded % BLOCK !== 0 || sealed.length > LONGEST_SEALED) return undefined
  const point = sealed.subarray(0, EPHEMERAL)
  const secret = sharedSecret(gate, point)
  if (secret === undefined) return undefined
  const { key, iv } = derive(secret, point, rawPublicKey(gate), context)
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG })
  decipher.setAuthTag(sealed.subarray(-TAG))
  const text = decipher.update(sealed.subarray(EPHEMERAL, -TAG))
  try {
    decipher.final()
  } catch {
    // node:crypto says in one way only, by throwing, that a tag does not fit.
    return undefined
  }
  return unpad(text)
}

/** Undefined for the points of small order, of which OpenSSL makes no secret (RFC 7748 section 6.1). */
function sharedSecret(gate: KeyObject, point: Uint8Array): Buffer | undefined {
  try {
    return diffieHellman({ privateKey: gate, publicKey: publicKey('x25519', point) })
  } catch {
    return undefined
  }
}

function derive(
  secret: Uint8Array,
  point: Uint8Array,
  gate: Uint8Array,
  { purpose, bind, nonce }: SealContext,
): { readonly key: Buffer; readonly iv: Buffer } {
  const info = labelled('seal', Buffer.from(purpose), bind, nonce)
  const bytes = Buffer.from(hkdfSync('sha256', secret, Buffer.concat([point, gate]), info, 44))
  return { key: bytes.subarray(0, 32), iv: bytes.subarray(32) }
}

function pad(text: Uint8Array): Buffer {
  const padded = Buffer.alloc(Math.ceil((2 + text.length) / BLOCK) * BLOCK)
  padded.writeUInt16BE(text.length)
  padded.set(text, 2)
  return padded
}

function unpad(padded: Buffer): Buffer | undefined {
  const length = padded.readUInt16BE(0)
  return 2 + length > padded.length ? undefined : padded.subarray(2, 2 + length)
}

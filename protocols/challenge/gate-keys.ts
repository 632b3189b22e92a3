import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** A gate's public keys as they travel, 32 bytes each. They are pinned together. */
export interface GatePublicKeys {
  /** Ed25519 (RFC 8032): what the gate says is signed with it. */
  readonly sign: Uint8Array
  /** X25519 (RFC 7748): what is told to the gate alone is sealed to it. */
  readonly seal: Uint8Array
}

/** Seeds of a gate's keys, 32 random bytes each; secret. */
export interface GateSeeds {
  readonly sign: Uint8Array
  readonly seal: Uint8Array
}

/** A gate's keys, ready for use. */
export interface GateKeys {
  readonly public: GatePublicKeys
  readonly sign: KeyObject
  readonly seal: KeyObject
}

/** DER around raw keys: PKCS #8 for private, SubjectPublicKeyInfo for public ones (RFC 8410). */
const PKCS8 = {
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
} as const
const SPKI = {
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
} as const

type Curve = keyof typeof PKCS8

/** The private key of 32 bytes. Throws on any other length. */
export function privateKey(curve: Curve, seed: Uint8Array): KeyObject {
  const key = Buffer.concat([PKCS8[curve], seed])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** The public key of 32 bytes. Throws on any other length. */
export function publicKey(curve: Curve, raw: Uint8Array): KeyObject {
  const key = Buffer.concat([SPKI[curve], raw])
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

/** The 32 bytes of the public half of a key. */
export function rawPublicKey(key: KeyObject): Buffer {
  const half = key.type === 'public' ? key : createPublicKey(key)
  return half.export({ format: 'der', type: 'spki' }).subarray(-32)
}

/** A gate's keys of its seeds. */
export function gateKeys(seeds: GateSeeds): GateKeys {
  const sign = privateKey('ed25519', seeds.sign)
  const seal = privateKey('x25519', seeds.seal)
  return { sign, seal, public: { sign: rawPublicKey(sign), seal: rawPublicKey(seal) } }
}

/** What a person compares: `SHA256:` and base64 of the digest of both keys, as OpenSSH writes those of host keys. */
export function gateFingerprint(keys: GatePublicKeys): string {
  const digest = createHash('sha256').update(keys.sign).update(keys.seal).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

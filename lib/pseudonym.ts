import { createCipheriv, createHmac } from 'node:crypto'
import { isIpv4 } from './client-entity.ts'
import { RecentMap } from './recent-map.ts'

/** How client addresses stand in records. */
export interface AddressMap {
  readonly form: 'clear' | 'pseudonym'
  /** 16 bytes to 16 bytes; IPv4 stays IPv4. Gives what it was given when the form is clear. */
  of(address: Uint8Array): Uint8Array
}

export const CLEAR_ADDRESSES: AddressMap = { form: 'clear', of: (address) => address }

const BLOCK = 16
const KEY_BYTES = 32
const CACHED_NETWORKS = 50_000

/**
 * Prefix-preserving pseudonyms: addresses that share their first n bits have pseudonyms that share
 * exactly their first n bits, so networks stay networks (Crypto-PAn; Xu, Fan, Ammar, Moon 2002). Bit i
 * is flipped by the first bit of AES-128 over the i bits before it, padded from the key. IPv4 uses 32
 * positions and IPv6 128, each from position 0. The key's 32 bytes are the AES key and the padding's
 * seed. What a /24 and a /64 have in common is remembered.
 */
export function pseudonymAddresses(key: Uint8Array): AddressMap {
  if (key.length !== KEY_BYTES) throw new RangeError(`the key has ${key.length} bytes, not 32`)
  const cipher = createCipheriv('aes-128-ecb', key.subarray(0, BLOCK), null).setAutoPadding(false)
  const pad = cipher.update(key.subarray(BLOCK))
  const networks = new RecentMap<string, Uint8Array>(CACHED_NETWORKS)

  /** Flips of bits `from` to `to` of `bits`, as bytes; both are multiples of 8. */
  function flips(bits: Uint8Array, from: number, to: number): Uint8Array {
    const blocks = Buffer.alloc((to - from) * BLOCK)
    for (let at = from; at < to; at += 1) prefixed(blocks, (at - from) * BLOCK, bits, at, pad)
    const encrypted = cipher.update(blocks)
    const out = new Uint8Array((to - from) / 8)
    for (let i = 0; i < to - from; i += 1) {
      out[i >> 3] = ((out[i >> 3] ?? 0) << 1) | ((encrypted[i * BLOCK] ?? 0) >> 7)
    }
    return out
  }

  function networkFlips(bits: Uint8Array, length: number): Uint8Array {
    const name = String.fromCharCode(...bits.subarray(0, length / 8))
    const known = networks.get(name)
    if (known !== undefined) return known
    const made = flips(bits, 0, length)
    networks.set(name, made)
    return made
  }

  return {
    form: 'pseudonym',
    of(address): Uint8Array {
      const start = isIpv4(address) ? 12 : 0
      const bits = address.subarray(start)
      const network = start === 12 ? 24 : 64
      const out = Buffer.from(address)
      const flip = [...networkFlips(bits, network), ...flips(bits, network, bits.length * 8)]
      flip.forEach((byte, i) => (out[start + i] = (out[start + i] ?? 0) ^ byte))
      return out
    },
  }
}

/** The first `length` bits of `bits` and then the padding's, into one block. */
function prefixed(
  blocks: Buffer,
  offset: number,
  bits: Uint8Array,
  length: number,
  pad: Uint8Array,
): void {
  const whole = length >> 3
  const mask = (0xff00 >> (length & 7)) & 0xff
  blocks.set(pad, offset)
  blocks.set(bits.subarray(0, whole), offset)
  if (mask !== 0) {
    blocks[offset + whole] = ((bits[whole] ?? 0) & mask) | ((pad[whole] ?? 0) & ~mask)
  }
}

/** What producers do to personal data before it becomes a record. */
export interface Privacy {
  readonly addresses: AddressMap
  /** User names that exist are told as they are; else every name is hashed. */
  readonly clearNames: boolean
  /** Keyed hash of a user name: 128 bits of HMAC-SHA-256, hex. */
  readonly hashName: (name: string) => string
}

/** `nameKey` keys user names, `addressKey` (32 bytes) addresses; undefined leaves both clear. */
export function privacyOf(nameKey: string, addressKey: Uint8Array | undefined): Privacy {
  return {
    addresses: addressKey === undefined ? CLEAR_ADDRESSES : pseudonymAddresses(addressKey),
    clearNames: addressKey === undefined,
    hashName: (name) => createHmac('sha256', nameKey).update(name).digest('hex').slice(0, 32),
  }
}

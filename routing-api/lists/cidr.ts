import { type AddressMap } from '../../lib/pseudonym.ts'
import { addressText, isIpv4, parseAddress } from '../../lib/client-entity.ts'

/** An address prefix: 16 bytes with the host bits zero, and how many of the bits count. */
export interface Cidr {
  readonly address: Uint8Array
  /** 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly prefix: number
  readonly family: 4 | 6
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a bare address; host bits are cleared. Undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const family = isIpv4(address) ? 4 : 6
  const bits = family === 4 ? 32 : 128
  const digits = slash < 0 ? String(bits) : text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > bits) return undefined
  const prefix = Number(digits)
  return { address: masked(address, prefix + 128 - bits), prefix, family }
}

/** The prefix of the mapped addresses: the map preserves prefixes. */
export function mapCidr(cidr: Cidr, addresses: AddressMap): Cidr {
  const bits = cidr.family === 4 ? 32 : 128
  return { ...cidr, address: masked(addresses.of(cidr.address), cidr.prefix + 128 - bits) }
}

/** The one text form of a prefix, so that one prefix has one key. */
export function cidrText(cidr: Cidr): string {
  return `${addressText(cidr.address)}/${cidr.prefix}`
}

function masked(address: Uint8Array, bits: number): Uint8Array {
  const out = new Uint8Array(16)
  for (let i = 0; i < 16; i += 1) {
    const keep = Math.min(8, Math.max(0, bits - 8 * i))
    out[i] = (address[i] ?? 0) & (0xff00 >> keep)
  }
  return out
}

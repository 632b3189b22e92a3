import { parseAddress } from '../../lib/client-entity.ts'
import { latin1 } from '../printable.ts'

/** What a PROXY protocol header says (HAProxy, proxy-protocol.txt, versions 1 and 2). */
export type ProxyHeader =
  /** These bytes begin no header. */
  | { readonly kind: 'none' }
  /** They may: more are needed. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }
  | {
      readonly kind: 'header'
      /** Bytes of the header: what follows is the connection's own. */
      readonly length: number
      /** Undefined for LOCAL, UNKNOWN and address families that are no IP. */
      readonly source: { readonly address: Uint8Array; readonly port: number } | undefined
    }

const V1 = latin1Bytes('PROXY ')
const V1_LONGEST = 107
const V2 = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const V2_FIXED = 16
/** Addresses and a few TLVs; a longer header is refused. */
const V2_LONGEST = V2_FIXED + 2_048

/** Longest run of bytes that can still be an incomplete header. */
export const MAX_PROXY_HEADER = V2_LONGEST

/**
 * Reads the header at the start of a connection:
 *
 *     v1: "PROXY" SP ("TCP4" | "TCP6" | "UNKNOWN") SP source SP destination SP sport SP dport CR LF
 *     v2: signature[12], uint8 version and command, uint8 family, uint16 length, addresses, TLVs
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (startsLike(bytes, V1)) return bytes.length < V1.length ? INCOMPLETE : readV1(bytes)
  if (startsLike(bytes, V2)) return bytes.length < V2_FIXED ? INCOMPLETE : readV2(bytes)
  return { kind: 'none' }
}

function readV1(bytes: Uint8Array): ProxyHeader {
  const end = bytes.indexOf(0x0a)
  if (end < 0) return bytes.length < V1_LONGEST ? INCOMPLETE : MALFORMED
  if (end >= V1_LONGEST || bytes[end - 1] !== 0x0d) return MALFORMED
  const [, family, source, , port] = latin1(bytes.subarray(0, end - 1)).split(' ')
  const length = end + 1
  if (family === 'UNKNOWN') return { kind: 'header', length, source: undefined }
  const address = parseAddress(source ?? '')
  if (address === undefined || !/^\d{1,5}$/.test(port ?? '') || Number(port) > 65_535) {
    return MALFORMED
  }
  return { kind: 'header', length, source: { address, port: Number(port) } }
}

function readV2(bytes: Uint8Array): ProxyHeader {
  const command = bytes[12] ?? 0
  const family = (bytes[13] ?? 0) >> 4
  const length = V2_FIXED + (((bytes[14] ?? 0) << 8) | (bytes[15] ?? 0))
  if (command >> 4 !== 2 || (command & 0xf) > 1 || length > V2_LONGEST) return MALFORMED
  if (bytes.length < length) return INCOMPLETE
  const isLocal = (command & 0xf) === 0
  return { kind: 'header', length, source: isLocal ? undefined : sourceOf(bytes, family, length) }
}

function sourceOf(
  bytes: Uint8Array,
  family: number,
  length: number,
): { readonly address: Uint8Array; readonly port: number } | undefined {
  const at = V2_FIXED
  const u16 = (offset: number): number => ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
  if (family === 1 && length >= at + 12) {
    const address = new Uint8Array(16)
    address.set([0xff, 0xff], 10)
    address.set(bytes.subarray(at, at + 4), 12)
    return { address, port: u16(at + 8) }
  }
  if (family === 2 && length >= at + 36) {
    return { address: bytes.slice(at, at + 16), port: u16(at + 32) }
  }
  return undefined
}

/** One is the beginning of the other. */
function startsLike(bytes: Uint8Array, signature: Uint8Array): boolean {
  if (bytes.length === 0) return false
  const length = Math.min(bytes.length, signature.length)
  for (let i = 0; i < length; i += 1) if (bytes[i] !== signature[i]) return false
  return true
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' }
const MALFORMED: ProxyHeader = { kind: 'malformed' }

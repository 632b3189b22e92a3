import { type TcpSegment } from './tcp-segment.ts'
import { i32, u16, u8 } from './wire.ts'

/** Which part of all connections is meant: those whose hash leaves `index` when divided by `of`. */
export interface FlowShare {
  readonly index: number
  readonly of: number
}

const { imul } = Math

/** Whether a segment's connection is in the share. Both directions are, or neither. */
export function isShared(share: FlowShare, s: TcpSegment): boolean {
  const length = s.ipVersion === 4 ? 4 : 16
  const source = endHash(s.bytes, s.sourceAt, length, s.sourcePort)
  const destination = endHash(s.bytes, s.destinationAt, length, s.destinationPort)
  return belongs(share, source, destination)
}

const ETHERNET = 1
const ETHERNET_HEADER = 14
const IPV4 = 0x0800
const TCP = 6
const TCP_HEADER = 20

/**
 * Whether a frame is surely another share's, told from the bytes of the usual case: TCP over IPv4
 * over Ethernet, whole headers, no fragment. False says nothing: decode it.
 */
export function isForeign(
  share: FlowShare,
  bytes: Uint8Array,
  from: number,
  to: number,
  linkType: number,
): boolean {
  const ip = from + ETHERNET_HEADER
  if (linkType !== ETHERNET || to - ip < 40 || u16(bytes, from + 12) !== IPV4) return false
  const first = u8(bytes, ip)
  const tcp = ip + (first & 15) * 4
  if (first >> 4 !== 4 || tcp < ip + 20 || u8(bytes, ip + 9) !== TCP) return false
  if ((u16(bytes, ip + 6) & 0x3fff) !== 0) return false
  const total = u16(bytes, ip + 2)
  const end = total === 0 || ip + total > to ? to : ip + total
  if (tcp + TCP_HEADER > end) return false
  const header = (u8(bytes, tcp + 12) >> 4) * 4
  if (header < TCP_HEADER || tcp + header > end) return false
  const source = endHash(bytes, ip + 12, 4, u16(bytes, tcp))
  return !belongs(share, source, endHash(bytes, ip + 16, 4, u16(bytes, tcp + 2)))
}

/** Of one end; a sum of two is the same in both directions. */
function endHash(bytes: Uint8Array, at: number, length: number, port: number): number {
  let hash = imul(port, 0x9e3779b1)
  for (let word = 0; word < length; word += 4) {
    hash = imul(hash ^ i32(bytes, at + word), 0x85ebca6b)
    hash ^= hash >>> 15
  }
  return hash
}

function belongs(share: FlowShare, source: number, destination: number): boolean {
  const mixed = imul(source + destination, 0xc2b2ae35)
  return (mixed >>> 16) % share.of === share.index
}

import { type Fragments } from './fragments.ts'
import { type PacketCursor, type Step } from './packet-cursor.ts'
import { i32, u16, u8 } from './wire.ts'

const IPV4_HEADER = 20
const IPV6_HEADER = 40
const MAX_EXTENSIONS = 16

/** Raw IP: the version nibble decides. */
export function internetLayer(c: PacketCursor): Step {
  if (!c.has(1)) return c.short(1)
  const version = u8(c.bytes, c.at) >> 4
  if (version === 4) return 'ipv4'
  return version === 6 ? 'ipv6' : 'malformed'
}

/** RFC 791. Leaves the cursor at the transport header, its protocol in `type`. */
export function ipv4(c: PacketCursor, fragments: Fragments): Step {
  if (!c.has(IPV4_HEADER)) return c.short(IPV4_HEADER)
  const { bytes, at, segment } = c
  const first = u8(bytes, at)
  const header = (first & 15) * 4
  if (first >> 4 !== 4 || header < IPV4_HEADER) return 'malformed'
  const total = u16(bytes, at + 2)
  // Segmentation offload leaves the length zero: the frame's own end counts then.
  if (total !== 0) {
    if (total < header) return 'malformed'
    c.limit(at + total)
  }
  segment.ipVersion = 4
  segment.sourceAt = at + 12
  segment.destinationAt = at + 16
  c.type = u8(bytes, at + 9)
  c.at = at + header
  const fragment = u16(bytes, at + 6)
  if ((fragment & 0x3fff) === 0) return 'transport'
  return fragments.add(c, {
    identification: u16(bytes, at + 4),
    offset: (fragment & 0x1fff) * 8,
    more: (fragment & 0x2000) !== 0,
    addressesAt: at + 12,
    addressesLength: 8,
  })
}

/** RFC 8200. Extension headers are stepped over; a fragment header leads to reassembly. */
export function ipv6(c: PacketCursor, fragments: Fragments): Step {
  if (!c.has(IPV6_HEADER)) return c.short(IPV6_HEADER)
  const { bytes, at, segment } = c
  if (u8(bytes, at) >> 4 !== 6) return 'malformed'
  const payload = u16(bytes, at + 4)
  // Zero: a jumbogram (RFC 2675) or segmentation offload; the frame's own end counts.
  if (payload !== 0) c.limit(at + IPV6_HEADER + payload)
  segment.ipVersion = 6
  segment.sourceAt = at + 8
  segment.destinationAt = at + 24
  c.type = u8(bytes, at + 6)
  c.at = at + IPV6_HEADER
  for (let headers = 0; headers < MAX_EXTENSIONS; headers += 1) {
    if (c.type === 44) return ipv6Fragment(c, fragments)
    const length = extensionLength(c)
    if (length === 0) return 'transport'
    if (!c.has(length)) return c.short(length)
    c.type = u8(bytes, c.at)
    c.at += length
  }
  return 'too-deep'
}

const SHORTEST_EXTENSION = 8

function isExtension(type: number): boolean {
  return type === 0 || type === 43 || type === 51 || type === 60 || (type >= 135 && type <= 140)
}

/** Bytes of the extension header at the cursor, 0 when it is none. */
function extensionLength(c: PacketCursor): number {
  if (!c.has(2)) return isExtension(c.type) ? SHORTEST_EXTENSION : 0
  switch (c.type) {
    case 0:
    case 43:
    case 60:
    case 135:
    case 139:
    case 140:
      return (u8(c.bytes, c.at + 1) + 1) * 8
    case 51:
      return (u8(c.bytes, c.at + 1) + 2) * 4
    default:
      return 0
  }
}

function ipv6Fragment(c: PacketCursor, fragments: Fragments): Step {
  if (!c.has(8)) return c.short(8)
  const { bytes, at } = c
  const field = u16(bytes, at + 2)
  c.type = u8(bytes, at)
  c.at = at + 8
  const more = (field & 1) === 1
  const offset = field & 0xfff8
  // An atomic fragment (RFC 6946) is a whole datagram.
  if (!more && offset === 0) return 'transport'
  return fragments.add(c, {
    identification: i32(bytes, at + 4),
    offset,
    more,
    addressesAt: c.segment.sourceAt,
    addressesLength: 32,
  })
}

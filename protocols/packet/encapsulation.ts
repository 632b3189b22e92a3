import { type PacketCursor, type Step } from './packet-cursor.ts'
import { ERSPAN, GRE, MPLS, PPP, PPPOE, VLAN } from './tunnel-path.ts'
import { u16, u8 } from './wire.ts'

const MAX_LABELS = 16

/** What an EtherType announces. VLAN tags are taken off here, however many the depth allows. */
export function etherType(c: PacketCursor): Step {
  switch (c.type) {
    case 0x0800:
      return 'ipv4'
    case 0x86dd:
      return 'ipv6'
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
      return vlanTag(c)
    case 0x8847:
    case 0x8848:
      return 'mpls'
    case 0x8864:
      return pppoe(c)
    case 0x6558:
      return 'ethernet'
    case 0x880b:
      return 'ppp'
    default:
      return 'not-ip'
  }
}

function vlanTag(c: PacketCursor): Step {
  if (!c.has(4)) return c.short(4)
  c.segment.vlanId = u16(c.bytes, c.at) & 0x0fff
  c.type = u16(c.bytes, c.at + 2)
  c.at += 4
  c.enter(VLAN)
  return c.type < 0x600 ? 'not-ip' : 'ethertype'
}

/** RFC 3032 label stack; what lies below is told by its first nibble (RFC 4928). */
export function mpls(c: PacketCursor): Step {
  c.enter(MPLS)
  for (let labels = 0; labels < MAX_LABELS; labels += 1) {
    if (!c.has(5)) return c.short(5)
    const bottom = (u8(c.bytes, c.at + 2) & 1) === 1
    c.at += 4
    if (bottom) return belowLabels(c)
  }
  return 'too-deep'
}

function belowLabels(c: PacketCursor): Step {
  const nibble = u8(c.bytes, c.at) >> 4
  if (nibble === 4) return 'ipv4'
  if (nibble === 6) return 'ipv6'
  // A pseudowire's control word (RFC 4385) begins with 0; Ethernet follows with or without it.
  if (nibble === 0 && u16(c.bytes, c.at) === 0) c.at += 4
  return 'ethernet'
}

/** RFC 2516, session stage. */
function pppoe(c: PacketCursor): Step {
  if (!c.has(6)) return c.short(6)
  if (u16(c.bytes, c.at) !== 0x1100) return 'not-ip'
  const length = u16(c.bytes, c.at + 4)
  c.at += 6
  c.enter(PPPOE)
  c.limit(Math.min(c.wireEnd, c.at + length))
  return 'ppp'
}

/** PPP (RFC 1661) with or without address and control, protocol field compressed or not. */
export function ppp(c: PacketCursor): Step {
  if (c.has(2) && u16(c.bytes, c.at) === 0xff03) c.at += 2
  if (!c.has(2)) return c.short(2)
  const first = u8(c.bytes, c.at)
  const compressed = (first & 1) === 1
  const protocol = compressed ? first : u16(c.bytes, c.at)
  c.at += compressed ? 1 : 2
  if (protocol === 0x21) return 'ipv4'
  if (protocol === 0x57) return 'ipv6'
  return protocol === 0x0281 || protocol === 0x0283 ? 'mpls' : 'not-ip'
}

/** RFC 2784 and 2890; version 1 is PPTP's (RFC 2637); ERSPAN is what mirror ports send. */
export function gre(c: PacketCursor): Step {
  if (!c.has(4)) return c.short(4)
  const flags = u16(c.bytes, c.at)
  const version = flags & 7
  c.type = u16(c.bytes, c.at + 2)
  if (version > 1 || (flags & 0x4000) !== 0) return 'unknown-tunnel'
  const sequenced = (flags & 0x1000) !== 0
  c.at += 4 + optionalWords(flags, version) * 4
  c.enter(GRE)
  if (version === 1) {
    c.enter(PPP)
    return c.type === 0x880b && c.at < c.end ? 'ppp' : 'not-ip'
  }
  return c.type === 0x88be || c.type === 0x22eb ? erspan(c, sequenced) : 'ethertype'
}

function optionalWords(flags: number, version: number): number {
  const checksum = (flags & 0x8000) === 0 ? 0 : 1
  const key = (flags & 0x2000) === 0 ? 0 : 1
  const sequence = (flags & 0x1000) === 0 ? 0 : 1
  const acknowledgement = version === 1 && (flags & 0x0080) !== 0 ? 1 : 0
  return checksum + key + sequence + acknowledgement
}

/** ERSPAN type I has no header, II has 8 bytes, III 12 and 8 more with its O bit. */
function erspan(c: PacketCursor, sequenced: boolean): Step {
  c.enter(ERSPAN)
  if (c.type === 0x22eb) {
    if (!c.has(12)) return c.short(12)
    c.at += (u8(c.bytes, c.at + 11) & 1) === 1 ? 20 : 12
  } else if (sequenced) {
    if (!c.has(8)) return c.short(8)
    c.at += 8
  }
  return 'ethernet'
}

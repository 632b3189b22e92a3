import { type PacketCursor, type Step } from './packet-cursor.ts'
import { GENEVE, GTP, VXLAN } from './tunnel-path.ts'
import { i32, u16, u8 } from './wire.ts'

const HEADER = 8
const VXLAN_PORT = 4789
/** What Linux used before the port was assigned, and flannel still does. */
const VXLAN_OLD_PORT = 8472
const GENEVE_PORT = 6081
const GTP_PORT = 2152

/** UDP: a tunnel by its port, else a QUIC or DTLS hello to be counted, else of no interest. */
export function udp(c: PacketCursor): Step {
  if (!c.has(HEADER)) return c.short(HEADER)
  const port = u16(c.bytes, c.at + 2)
  c.at += HEADER
  switch (port) {
    case VXLAN_PORT:
    case VXLAN_OLD_PORT:
      return vxlan(c)
    case GENEVE_PORT:
      return geneve(c)
    case GTP_PORT:
      return gtp(c)
    default:
      return helloOverUdp(c)
  }
}

/** RFC 7348. */
function vxlan(c: PacketCursor): Step {
  if (!c.has(8)) return c.short(8)
  if ((u8(c.bytes, c.at) & 0x08) === 0) return 'unknown-tunnel'
  c.at += 8
  c.enter(VXLAN)
  return 'ethernet'
}

/** RFC 8926: version 0, options in words of four bytes. */
function geneve(c: PacketCursor): Step {
  if (!c.has(8)) return c.short(8)
  const first = u8(c.bytes, c.at)
  if (first >> 6 !== 0) return 'unknown-tunnel'
  c.type = u16(c.bytes, c.at + 2)
  c.at += 8 + (first & 0x3f) * 4
  c.enter(GENEVE)
  return 'ethertype'
}

/** GTP-U version 1 (3GPP TS 29.281), G-PDU with any extension headers. */
function gtp(c: PacketCursor): Step {
  if (!c.has(12)) return c.short(12)
  const flags = u8(c.bytes, c.at)
  if ((flags & 0xf0) !== 0x30 || u8(c.bytes, c.at + 1) !== 0xff) return 'not-tcp'
  let next = (flags & 0x04) === 0 ? 0 : u8(c.bytes, c.at + 11)
  c.at += (flags & 0x07) === 0 ? 8 : 12
  while (next !== 0) {
    const words = c.has(4) ? u8(c.bytes, c.at) : 0
    if (words === 0 || !c.has(words * 4)) return c.short(words * 4)
    next = u8(c.bytes, c.at + words * 4 - 1)
    c.at += words * 4
  }
  c.enter(GTP)
  return 'ip'
}

function helloOverUdp(c: PacketCursor): Step {
  if (!c.has(14)) return 'not-tcp'
  const first = u8(c.bytes, c.at)
  if (first >= 0xc0) return quicInitial(c, first) ? 'quic' : 'not-tcp'
  return first === 22 && dtlsClientHello(c) ? 'dtls' : 'not-tcp'
}

/** RFC 9000 section 17.2.2 and RFC 9369; a client's Initial fills 1200 bytes (section 14.1). */
function quicInitial(c: PacketCursor, first: number): boolean {
  if (c.wireEnd - c.at < 1200) return false
  const version = i32(c.bytes, c.at + 1)
  const type = (first >> 4) & 3
  if (version === 0x6b3343cf) return type === 1
  return type === 0 && (version === 1 || version >>> 8 === 0xff0000)
}

/** RFC 6347: handshake record of epoch 0, version 1.0 or 1.2, message type 1. */
function dtlsClientHello(c: PacketCursor): boolean {
  const version = u16(c.bytes, c.at + 1)
  return (
    (version === 0xfeff || version === 0xfefd) &&
    u16(c.bytes, c.at + 3) === 0 &&
    u8(c.bytes, c.at + 13) === 1
  )
}

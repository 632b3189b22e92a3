import { type PacketCursor, type Step } from './packet-cursor.ts'
import { PPP } from './tunnel-path.ts'
import { u16, u8 } from './wire.ts'

/** Link types as registered at https://www.tcpdump.org/linktypes.html. */
export const LINK = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  rawBsd: 12,
  rawOpenBsd: 14,
  pppHdlc: 50,
  pppEther: 51,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const

/** Reads or steps over the link header; the cursor then stands at the layer returned. */
export function linkLayer(c: PacketCursor, linkType: number): Step {
  switch (linkType) {
    case LINK.ethernet:
      return 'ethernet'
    case LINK.linuxSll:
      return cooked(c, 14, 16)
    case LINK.linuxSll2:
      return cooked(c, 0, 20)
    case LINK.null:
    case LINK.loop:
      return loopback(c)
    case LINK.raw:
    case LINK.rawBsd:
    case LINK.rawOpenBsd:
    case LINK.ipv4:
    case LINK.ipv6:
      return 'ip'
    case LINK.ppp:
    case LINK.pppHdlc:
      c.enter(PPP)
      return 'ppp'
    case LINK.pppEther:
      return pppoeOnly(c)
    default:
      return 'unknown-link-type'
  }
}

/** Linux cooked capture, version 1 (protocol at 14, 16 bytes) and 2 (protocol at 0, 20 bytes). */
function cooked(c: PacketCursor, typeAt: number, length: number): Step {
  if (!c.has(length)) return c.short(length)
  c.type = u16(c.bytes, c.at + typeAt)
  c.at += length
  return 'ethertype'
}

/** BSD loopback: an address family in the byte order of the machine that captured, or big-endian. */
function loopback(c: PacketCursor): Step {
  if (!c.has(4)) return c.short(4)
  const little = u8(c.bytes, c.at) | (u8(c.bytes, c.at + 1) << 8)
  const big = u16(c.bytes, c.at + 2)
  const family = little === 0 ? big : little
  c.at += 4
  // 24, 28 and 30 are AF_INET6 of NetBSD, FreeBSD and Darwin, 10 that of Linux.
  if (family === 2) return 'ipv4'
  return family === 24 || family === 28 || family === 30 || family === 10 ? 'ipv6' : 'not-ip'
}

function pppoeOnly(c: PacketCursor): Step {
  c.type = 0x8864
  return 'ethertype'
}

const ETHERNET_HEADER = 14

/** Ethernet II, or IEEE 802.3 with LLC and SNAP (RFC 1042). */
export function ethernet(c: PacketCursor): Step {
  if (!c.has(ETHERNET_HEADER)) return c.short(ETHERNET_HEADER)
  c.type = u16(c.bytes, c.at + 12)
  c.at += ETHERNET_HEADER
  return c.type >= 0x600 ? 'ethertype' : snap(c)
}

function snap(c: PacketCursor): Step {
  if (!c.has(8)) return 'not-ip'
  if (u16(c.bytes, c.at) !== 0xaaaa || u8(c.bytes, c.at + 2) !== 3) return 'not-ip'
  c.type = u16(c.bytes, c.at + 6)
  c.at += 8
  return 'ethertype'
}

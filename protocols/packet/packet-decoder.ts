import { udp } from './datagram.ts'
import { etherType, gre, mpls, ppp } from './encapsulation.ts'
import { createFragments, type FragmentLimits, type Fragments } from './fragments.ts'
import { type Frame } from './frame.ts'
import { internetLayer, ipv4, ipv6 } from './internet-layer.ts'
import { ethernet, linkLayer } from './link-layer.ts'
import { PacketCursor, type Step } from './packet-cursor.ts'
import { type SkipReason } from './skip-reason.ts'
import { type TcpSegment } from './tcp-segment.ts'
import { ETHERIP, IPIP, MAX_TUNNELS, NO_TUNNEL, SIX_IN_FOUR } from './tunnel-path.ts'
import { i32, u16, u8 } from './wire.ts'

export interface PacketDecoder {
  /** Finds the TCP segment in a frame, inside whatever tunnels; else says why there is none. */
  decode(frame: Frame): 'tcp' | SkipReason
  /** The same for a frame that is part of `bytes`. */
  decodeWithin(
    bytes: Uint8Array,
    from: number,
    to: number,
    linkType: number,
    capturedAt: number,
    originalLength: number,
  ): 'tcp' | SkipReason
  /** What the last `decode` that said `tcp` found. Overwritten by the next call. */
  readonly segment: TcpSegment
}

/** One decoder per stream of frames: it holds IP fragments until their datagram is whole. */
export function createPacketDecoder(limits?: Partial<FragmentLimits>): PacketDecoder {
  const cursor = new PacketCursor()
  const fragments = createFragments(limits)
  const decodeWithin: PacketDecoder['decodeWithin'] = (
    ...[bytes, from, to, linkType, capturedAt, originalLength]
  ) => {
    start(cursor, bytes, from, to, capturedAt, originalLength)
    return walk(cursor, fragments, linkType)
  }
  return {
    segment: cursor.segment,
    decode: ({ bytes, linkType, capturedAt, originalLength }) =>
      decodeWithin(bytes, 0, bytes.length, linkType, capturedAt, originalLength),
    decodeWithin,
  }
}

/** From layer to layer until there is a segment, or a reason why there is none. */
function walk(cursor: PacketCursor, fragments: Fragments, linkType: number): 'tcp' | SkipReason {
  let step = linkLayer(cursor, linkType)
  for (;;) {
    if (cursor.depth > MAX_TUNNELS) return 'too-deep'
    switch (step) {
      case 'ethernet':
        step = ethernet(cursor)
        break
      case 'ethertype':
        step = etherType(cursor)
        break
      case 'ip':
        step = internetLayer(cursor)
        break
      case 'ipv4':
        step = ipv4(cursor, fragments)
        break
      case 'ipv6':
        step = ipv6(cursor, fragments)
        break
      case 'transport':
        step = transport(cursor)
        break
      case 'mpls':
        step = mpls(cursor)
        break
      case 'ppp':
        step = ppp(cursor)
        break
      case 'gre':
        step = gre(cursor)
        break
      case 'tcp':
      case 'unknown-link-type':
      case 'not-ip':
      case 'not-tcp':
      case 'quic':
      case 'dtls':
      case 'encrypted':
      case 'cut':
      case 'malformed':
      case 'too-deep':
      case 'unknown-tunnel':
      case 'fragment-held':
      case 'fragment-refused':
        return step
    }
  }
}

function start(
  c: PacketCursor,
  bytes: Uint8Array,
  from: number,
  to: number,
  capturedAt: number,
  originalLength: number,
): void {
  c.bytes = bytes
  c.at = from
  c.end = to
  c.wireEnd = originalLength > to - from ? from + originalLength : to
  c.depth = 0
  const segment = c.segment
  segment.capturedAt = capturedAt
  segment.vlanId = -1
  segment.tunnelPath = NO_TUNNEL
}

/** By IP protocol number. Every IP layer inside another counts towards the depth. */
function transport(c: PacketCursor): Step {
  switch (c.type) {
    case 6:
      return tcp(c)
    case 17:
      return udp(c)
    case 4:
      c.enter(IPIP)
      return 'ipv4'
    case 41:
      c.enter(SIX_IN_FOUR)
      return 'ipv6'
    case 47:
      return 'gre'
    case 97:
      c.enter(ETHERIP)
      c.at += 2
      return 'ethernet'
    case 137:
      return 'mpls'
    case 50:
      return 'encrypted'
    default:
      return 'not-tcp'
  }
}

const TCP_HEADER = 20

/** RFC 9293 section 3.1. Checksums are not looked at: offloading leaves them wrong in captures. */
function tcp(c: PacketCursor): Step {
  if (!c.has(TCP_HEADER)) return c.short(TCP_HEADER)
  const { bytes, at, segment } = c
  const header = (u8(bytes, at + 12) >> 4) * 4
  if (header < TCP_HEADER || at + header > c.wireEnd) return 'malformed'
  segment.bytes = bytes
  segment.sourcePort = u16(bytes, at)
  segment.destinationPort = u16(bytes, at + 2)
  segment.sequence = i32(bytes, at + 4)
  segment.acknowledgement = i32(bytes, at + 8)
  segment.flags = u8(bytes, at + 13)
  // A capture may end inside the options: then nothing of the payload is there, and it begins nowhere else than at the end.
  const payloadAt = Math.min(at + header, c.end)
  segment.payloadAt = payloadAt
  segment.payloadLength = c.end - payloadAt
  segment.missing = c.wireEnd - at - header - segment.payloadLength
  return 'tcp'
}

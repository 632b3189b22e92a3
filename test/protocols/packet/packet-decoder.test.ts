import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createPacketDecoder } from '../../../protocols/packet/packet-decoder.ts'
import { tunnelText } from '../../../protocols/packet/tunnel-path.ts'
import {
  bytesOf,
  ethernet,
  frame,
  ipv4,
  ipv6,
  tcp,
  u16be,
  u32be,
  udp,
  vlanTag,
} from '../../support/packets.ts'

const SEGMENT = tcp({
  sequence: 7,
  acknowledgement: 9,
  flags: 'PA',
  payload: 'hello',
  options: Uint8Array.of(1, 1, 1, 0),
})
const PACKET = ipv4(SEGMENT)
const PACKET6 = ipv6(SEGMENT)

/** What the decoder finds in a frame, in words. */
function found(bytes: Uint8Array, linkType = 1, originalLength = bytes.length): string {
  const decoder = createPacketDecoder()
  const verdict = decoder.decode(frame(bytes, { linkType, originalLength }))
  return verdict === 'tcp' ? seen(decoder) : verdict
}

function seen(decoder: ReturnType<typeof createPacketDecoder>): string {
  const s = decoder.segment
  const { payloadAt: at, payloadLength } = s
  const payload = Buffer.from(s.bytes.subarray(at, at + payloadLength)).toString('latin1')
  const words = [`${s.sourcePort}>${s.destinationPort}`, String(s.sequence), payload]
  if (s.missing > 0) words.push(`missing ${s.missing}`)
  if (s.vlanId >= 0) words.push(`vlan ${s.vlanId}`)
  const tunnel = tunnelText(s.tunnelPath)
  return tunnel === null ? words.join(' ') : `${words.join(' ')} in ${tunnel}`
}

const PLAIN = '40000>443 7 hello'

describe('a TCP segment in an Ethernet frame', () => {
  test('is found with its fields, addresses, and without the padding of a short frame', () => {
    const decoder = createPacketDecoder()
    const bytes = bytesOf(ethernet(PACKET), new Uint8Array(20))
    expect(decoder.decode(frame(bytes, { capturedAt: 5 }))).toBe('tcp')
    const s = decoder.segment
    expect(seen(decoder)).toBe(PLAIN)
    expect(s).toMatchObject({ capturedAt: 5, ipVersion: 4, acknowledgement: 9, flags: 0x18 })
    expect([...s.bytes.subarray(s.sourceAt, s.sourceAt + 4)]).toEqual([192, 0, 2, 1])
    expect([...s.bytes.subarray(s.destinationAt, s.destinationAt + 4)]).toEqual([198, 51, 100, 2])
  })

  test.each([
    ['Ethernet', 1, ethernet(PACKET)],
    ['Ethernet with IPv6', 1, ethernet(PACKET6, 0x86dd)],
    ['802.3 with SNAP', 1, ethernet(bytesOf(0xaa, 0xaa, 3, 0, 0, 0, u16be(0x0800), PACKET), 100)],
    ['Linux cooked', 113, bytesOf(new Uint8Array(14), u16be(0x0800), PACKET)],
    ['Linux cooked 2', 276, bytesOf(u16be(0x86dd), new Uint8Array(18), PACKET6)],
    ['loopback, little-endian', 0, bytesOf(2, 0, 0, 0, PACKET)],
    ['loopback, big-endian', 0, bytesOf(0, 0, 0, 2, PACKET)],
    ['loopback of Darwin, IPv6', 0, bytesOf(30, 0, 0, 0, PACKET6)],
    ['OpenBSD loop', 108, bytesOf(0, 0, 0, 24, PACKET6)],
    ['raw IP', 101, PACKET],
    ['raw IP, BSD number', 12, PACKET6],
    ['raw IPv4', 228, PACKET],
    ['raw IPv6', 229, PACKET6],
  ])('is found on link type %s', (_name, linkType, bytes) => {
    expect(found(bytes, linkType)).toBe(PLAIN)
  })

  test('is found behind IP options and IPv6 extension headers', () => {
    const options = new Uint8Array(8).fill(1)
    expect(found(ethernet(ipv4(SEGMENT, { options })))).toBe(PLAIN)
    const hopByHop = bytesOf(60, 0, new Uint8Array(6))
    const destination = bytesOf(6, 1, new Uint8Array(14))
    const packet = ipv6(bytesOf(hopByHop, destination, SEGMENT), { nextHeader: 0 })
    expect(found(packet, 101)).toBe(PLAIN)
  })

  test('is found when segmentation offload left the IP length zero', () => {
    expect(found(ethernet(ipv4(SEGMENT, { totalLength: 0 })))).toBe(PLAIN)
  })

  test('tells how much of its payload the snapshot length cut', () => {
    const whole = ethernet(PACKET)
    const cut = whole.subarray(0, whole.length - 2)
    expect(found(cut, 1, whole.length)).toBe('40000>443 7 hel missing 2')
  })

  test('whose options the capture cut has no payload, and none of it outside the frame', () => {
    // 54 bytes: all 20 fixed bytes of TCP's header, none of the 40 of options it announces; IP says 100 bytes of payload follow.
    const header = Uint8Array.from(SEGMENT.subarray(0, 20))
    header[12] = 0xf0
    const bytes = ethernet(ipv4(header, { totalLength: 20 + 60 + 100 }))
    const decoder = createPacketDecoder()
    expect(decoder.decode(frame(bytes, { originalLength: 0 }))).toBe('tcp')
    expect(decoder.segment).toMatchObject({ payloadAt: 54, payloadLength: 0, missing: 100 })
  })
})

const ETHERNET = ethernet(PACKET)
const GRE_TCP = bytesOf(0, 0, u16be(0x0800), PACKET)
const GRE_KEY_SEQUENCE = bytesOf(0x30, 0, u16be(0x6558), u32be(1), u32be(2), ETHERNET)

function overIp(payload: Uint8Array, protocol: number): Uint8Array {
  return ethernet(ipv4(payload, { protocol, source: '10.0.0.1', destination: '10.0.0.2' }))
}
function overUdp(port: number, payload: Uint8Array): Uint8Array {
  return overIp(udp(50_000, port, payload), 17)
}

describe('encapsulations', () => {
  test.each([
    ['one VLAN tag', ethernet(vlanTag(12, 0x0800, PACKET), 0x8100), `${PLAIN} vlan 12 in vlan`],
    [
      'QinQ',
      ethernet(vlanTag(7, 0x8100, vlanTag(12, 0x0800, PACKET)), 0x88a8),
      `${PLAIN} vlan 12 in vlan/vlan`,
    ],
    ['MPLS', ethernet(bytesOf(u32be(0x1000), u32be(0x1100), PACKET), 0x8847), `${PLAIN} in mpls`],
    [
      'an MPLS pseudowire with control word',
      ethernet(bytesOf(u32be(0x1100), u32be(0), ETHERNET), 0x8847),
      `${PLAIN} in mpls`,
    ],
    [
      'PPPoE',
      ethernet(bytesOf(0x11, 0, 0, 1, u16be(PACKET.length + 2), u16be(0x21), PACKET), 0x8864),
      `${PLAIN} in pppoe`,
    ],
    ['GRE', overIp(GRE_TCP, 47), `${PLAIN} in gre`],
    ['GRE with key and sequence, bridging', overIp(GRE_KEY_SEQUENCE, 47), `${PLAIN} in gre`],
    [
      'ERSPAN type II',
      overIp(bytesOf(0x10, 0, u16be(0x88be), u32be(1), new Uint8Array(8), ETHERNET), 47),
      `${PLAIN} in gre/erspan`,
    ],
    [
      'ERSPAN type III',
      overIp(bytesOf(0x10, 0, u16be(0x22eb), u32be(1), new Uint8Array(12), ETHERNET), 47),
      `${PLAIN} in gre/erspan`,
    ],
    ['IP in IP', overIp(PACKET, 4), `${PLAIN} in ipip`],
    ['IPv6 in IPv4', overIp(PACKET6, 41), `${PLAIN} in 6in4`],
    ['VXLAN', overUdp(4789, bytesOf(8, new Uint8Array(7), ETHERNET)), `${PLAIN} in vxlan`],
    [
      'Geneve with options',
      overUdp(6081, bytesOf(1, 0, u16be(0x6558), u32be(0), u32be(0), ETHERNET)),
      `${PLAIN} in geneve`,
    ],
    [
      'GTP-U with an extension header',
      overUdp(2152, bytesOf(0x34, 0xff, u16be(8), u32be(1), 0, 0, 0, 0x85, 1, 0, 0, 0, PACKET)),
      `${PLAIN} in gtp`,
    ],
    [
      'VLAN around VXLAN around VLAN',
      ethernet(
        vlanTag(
          5,
          0x0800,
          ipv4(
            udp(
              1,
              4789,
              bytesOf(8, new Uint8Array(7), ethernet(vlanTag(9, 0x0800, PACKET), 0x8100)),
            ),
            { protocol: 17 },
          ),
        ),
        0x8100,
      ),
      `${PLAIN} vlan 9 in vlan/vxlan/vlan`,
    ],
  ])('%s is opened', (_name, bytes, words) => {
    expect(found(bytes)).toBe(words)
  })

  test('are opened to a depth, and not beyond', () => {
    const tagged = (tags: number): Uint8Array =>
      tags === 0 ? PACKET : vlanTag(1, tags === 1 ? 0x0800 : 0x8100, tagged(tags - 1))
    expect(found(ethernet(tagged(12), 0x8100))).toContain('40000>443 7 hello')
    expect(found(ethernet(tagged(13), 0x8100))).toBe('too-deep')
  })
})

describe('frames without a TCP segment say why', () => {
  const quic = bytesOf(0xc3, u32be(1), new Uint8Array(1200))
  const dtls = bytesOf(22, u16be(0xfefd), u16be(0), new Uint8Array(8), 1, new Uint8Array(20))
  test.each([
    ['ARP', ethernet(new Uint8Array(28), 0x0806), 'not-ip'],
    ['ICMP', overIp(new Uint8Array(8), 1), 'not-tcp'],
    ['DNS', overUdp(53, new Uint8Array(20)), 'not-tcp'],
    ['a QUIC Initial', overUdp(443, quic), 'quic'],
    ['a DTLS ClientHello', overUdp(4433, dtls), 'dtls'],
    ['IPsec', overIp(new Uint8Array(32), 50), 'encrypted'],
    ['an unknown GRE version', overIp(bytesOf(0, 3, u16be(0x0800), PACKET), 47), 'unknown-tunnel'],
    ['an IP header that is too short', ethernet(bytesOf(0x43, PACKET.subarray(1))), 'malformed'],
    ['a TCP header longer than the packet', ethernet(ipv4(SEGMENT.subarray(0, 22))), 'malformed'],
    ['nothing at all', new Uint8Array(0), 'malformed'],
  ])('%s', (_name, bytes, reason) => {
    expect(found(bytes)).toBe(reason)
  })

  test('a header that the capture cut, and a link type nobody knows', () => {
    expect(found(ETHERNET.subarray(0, 40), 1, ETHERNET.length)).toBe('cut')
    expect(found(ETHERNET, 147)).toBe('unknown-link-type')
  })
})

describe('IP fragments', () => {
  const first = (identification = 5) =>
    ethernet(ipv4(SEGMENT.subarray(0, 16), { identification, fragment: 0x2000 }))
  const last = (identification = 5) =>
    ethernet(ipv4(SEGMENT.subarray(16), { identification, fragment: 2 }))

  test('become one segment, in whatever order they come', () => {
    const decoder = createPacketDecoder()
    expect(decoder.decode(frame(last()))).toBe('fragment-held')
    expect(decoder.decode(frame(first()))).toBe('tcp')
    expect(seen(decoder)).toBe(PLAIN)
    expect(decoder.segment.ipVersion).toBe(4)
  })

  test('of different datagrams are not mixed', () => {
    const decoder = createPacketDecoder()
    expect(decoder.decode(frame(first(1)))).toBe('fragment-held')
    expect(decoder.decode(frame(last(2)))).toBe('fragment-held')
  })

  test('what came first stays where IPv4 fragments overlap', () => {
    const decoder = createPacketDecoder()
    decoder.decode(frame(first()))
    const liar = bytesOf(new Uint8Array(8).fill(255), SEGMENT.subarray(16))
    const overlapping = ethernet(ipv4(liar, { identification: 5, fragment: 1 }))
    expect(decoder.decode(frame(overlapping))).toBe('tcp')
    expect(seen(decoder)).toBe(PLAIN)
  })

  test('of IPv6 are put together, and refused when they overlap', () => {
    const piece = (offset: number, more: number, payload: Uint8Array) =>
      frame(ipv6(bytesOf(6, 0, u16be(offset | more), u32be(77), payload), { nextHeader: 44 }), {
        linkType: 101,
      })
    const decoder = createPacketDecoder()
    expect(decoder.decode(piece(0, 1, SEGMENT.subarray(0, 24)))).toBe('fragment-held')
    expect(decoder.decode(piece(24, 0, SEGMENT.subarray(24)))).toBe('tcp')
    expect(seen(decoder)).toBe(PLAIN)
    expect(decoder.decode(piece(0, 1, SEGMENT.subarray(0, 24)))).toBe('fragment-held')
    expect(decoder.decode(piece(16, 0, SEGMENT.subarray(16)))).toBe('fragment-refused')
  })

  test('are bounded: old ones and too many make room', () => {
    const decoder = createPacketDecoder({ maxDatagrams: 2, timeoutUs: 1000 })
    for (const id of [1, 2, 3]) decoder.decode(frame(first(id)))
    expect(decoder.decode(frame(last(1)))).toBe('fragment-held')
    expect(decoder.decode(frame(last(3)))).toBe('tcp')
    decoder.decode(frame(first(9), { capturedAt: 0 }))
    expect(decoder.decode(frame(last(9), { capturedAt: 5000 }))).toBe('fragment-held')
  })
})

/** Bytes of nothing, and of ordinary and tunnelled packets with a few of them changed. */
function anyBytes(): fc.Arbitrary<Uint8Array> {
  const seeds = [ETHERNET, ethernet(vlanTag(1, 0x0800, PACKET), 0x8100), overIp(GRE_TCP, 47)]
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }),
      )
      .map(([seed, edits]) => {
        const copy = seed.slice()
        for (const [at, value] of edits) copy[at % copy.length] = value
        return copy
      }),
  )
}

const linkType = fc.constantFrom(0, 1, 9, 12, 50, 51, 101, 108, 113, 228, 229, 276)

test('no bytes of any link type make it throw or find a segment outside them', () => {
  const decoder = createPacketDecoder({ maxDatagrams: 8 })
  fc.assert(
    fc.property(anyBytes(), linkType, fc.nat(400), (input, link, originalLength) => {
      const verdict = decoder.decode(frame(input, { linkType: link, originalLength }))
      if (verdict !== 'tcp') return
      const s = decoder.segment
      expect(s.payloadAt + s.payloadLength).toBeLessThanOrEqual(s.bytes.length)
      expect(s.payloadLength).toBeGreaterThanOrEqual(0)
      expect(s.missing).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 3000 },
  )
})

test('a frame within larger memory is read as if it were alone', () => {
  const alone = createPacketDecoder({ maxDatagrams: 8 })
  const within = createPacketDecoder({ maxDatagrams: 8 })
  fc.assert(
    fc.property(anyBytes(), linkType, fc.nat(400), fc.nat(255), (input, link, length, noise) => {
      const memory = new Uint8Array(input.length + 80).fill(noise)
      memory.set(input, 40)
      const end = 40 + input.length
      const verdict = alone.decode(frame(input, { linkType: link, originalLength: length }))
      expect(within.decodeWithin(memory, 40, end, link, 0, length)).toBe(verdict)
      if (verdict !== 'tcp') return
      const { bytes, payloadAt, payloadLength, missing, flags, sequence } = within.segment
      const other = alone.segment
      expect([payloadLength, missing, flags, sequence]).toEqual([
        ...[other.payloadLength, other.missing, other.flags, other.sequence],
      ])
      expect([...bytes.subarray(payloadAt, payloadAt + payloadLength)]).toEqual([
        ...other.bytes.subarray(other.payloadAt, other.payloadAt + payloadLength),
      ])
    }),
    { numRuns: 3000 },
  )
})

import { bytesOf, ethernet, ipv4, ipv6, u16be, u32be, udp, vlanTag } from './packets.ts'

const OUTSIDE = { source: '10.0.0.1', destination: '10.0.0.2' }

function overUdp(port: number, payload: Uint8Array): Uint8Array {
  return ethernet(ipv4(udp(50_000, port, payload), { ...OUTSIDE, protocol: 17 }))
}

/** Ways an IPv4 packet may cross a wire, by the name that flow facts give them; '' for none. */
export const ENCAPSULATIONS: ReadonlyMap<string, (packet: Uint8Array) => Uint8Array> = new Map([
  ['', (packet) => ethernet(packet)],
  ['vlan', (packet) => ethernet(vlanTag(77, 0x0800, packet), 0x8100)],
  ['vlan/vlan', (packet) => ethernet(vlanTag(7, 0x8100, vlanTag(77, 0x0800, packet)), 0x88a8)],
  ['mpls', (packet) => ethernet(bytesOf(u32be(0x1140), packet), 0x8847)],
  [
    'pppoe',
    (packet) =>
      ethernet(bytesOf(0x11, 0, 0, 1, u16be(packet.length + 2), u16be(0x21), packet), 0x8864),
  ],
  [
    'gre',
    (packet) => ethernet(ipv4(bytesOf(0, 0, u16be(0x0800), packet), { ...OUTSIDE, protocol: 47 })),
  ],
  ['ipip', (packet) => ethernet(ipv4(packet, { ...OUTSIDE, protocol: 4 }))],
  [
    'gre/erspan',
    (packet) =>
      ethernet(
        ipv4(bytesOf(0x10, 0, u16be(0x88be), u32be(1), new Uint8Array(8), ethernet(packet)), {
          ...OUTSIDE,
          protocol: 47,
        }),
      ),
  ],
  ['vxlan', (packet) => overUdp(4789, bytesOf(8, new Uint8Array(7), ethernet(packet)))],
  ['geneve', (packet) => overUdp(6081, bytesOf(0, 0, u16be(0x6558), u32be(0), ethernet(packet)))],
  ['gtp', (packet) => overUdp(2152, bytesOf(0x30, 0xff, u16be(packet.length), u32be(1), packet))],
])

/** IPv6 with a hop-by-hop header, which the word `tcp` of a capture filter does not match. */
export function behindHopByHop(segment: Uint8Array): Uint8Array {
  const options = bytesOf(6, 0, 1, 4, new Uint8Array(4))
  return ethernet(ipv6(bytesOf(options, segment), { nextHeader: 0 }), 0x86dd)
}

/** An IPv4 packet's transport payload in fragments of eight bytes or a little more. */
export function fragmented(payload: Uint8Array, identification: number): Uint8Array[] {
  const head = ipv4(payload.subarray(0, 16), { identification, fragment: 0x2000 })
  const tail = ipv4(payload.subarray(16), { identification, fragment: 2 })
  return [ethernet(head), ethernet(tail)]
}

/**
 * What the kernel lets through when nobody says otherwise: TCP, what may hold TCP (IP fragments, IPv6
 * extension headers, every tunnel `protocols/packet` opens), and QUIC's long headers, to be counted.
 *
 * Encapsulations are matched by EtherType, not with the words `vlan`, `mpls` or `pppoes`: those move
 * the offsets of everything after them. A tag that the interface took off is metadata to the kernel,
 * the packet then matches as what it holds. Compiles for Ethernet, cooked, raw and loopback alike.
 */
export const DEFAULT_FILTER = [
  'tcp',
  '(ip and ip[6:2] & 0x3fff != 0)',
  ...[0, 43, 44, 51, 60].map((header) => `(ip6 and ip6[6] = ${header})`),
  ...['0x8100', '0x88a8', '0x9100', '0x8847', '0x8848', '0x8864'].map((t) => `ether proto ${t}`),
  ...[4, 41, 47, 97, 137].map((protocol) => `ip proto ${protocol}`),
  ...[4, 41, 47].map((protocol) => `ip6 proto ${protocol}`),
  ...[4789, 8472, 6081, 2152].map((port) => `udp dst port ${port}`),
  '(udp dst port 443 and udp[8] & 0xc0 = 0xc0)',
].join(' or ')

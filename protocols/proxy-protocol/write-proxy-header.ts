import { isIpv4 } from '../../lib/client-entity.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
/** Version 2, command PROXY. */
const PROXY = 0x21
const TCP_OVER_IPV4 = 0x11
const TCP_OVER_IPV6 = 0x21

/** One end of a TCP connection; the address is 16 bytes, IPv4 as ::ffff:a.b.c.d. */
export interface ProxyEnd {
  readonly address: Uint8Array
  readonly port: number
}

/** A PROXY protocol header of version 2 (proxy-protocol.txt section 2.2): IPv6 unless both ends are IPv4. */
export function proxyHeaderV2(source: ProxyEnd, destination: ProxyEnd): Buffer {
  const short = isIpv4(source.address) && isIpv4(destination.address)
  const from = short ? 12 : 0
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(source.port, 0)
  ports.writeUInt16BE(destination.port, 2)
  const length = short ? 12 : 36
  return Buffer.concat([
    SIGNATURE,
    Buffer.of(PROXY, short ? TCP_OVER_IPV4 : TCP_OVER_IPV6, 0, length),
    source.address.subarray(from),
    destination.address.subarray(from),
    ports,
  ])
}

import { NO_TUNNEL } from './tunnel-path.ts'

export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const ACK = 0x10

/**
 * A view of the TCP segment in the frame last decoded, overwritten by the next one. Offsets point
 * into `bytes`, which is the frame's own or, after IP reassembly, the whole datagram's.
 */
export class TcpSegment {
  bytes: Uint8Array = new Uint8Array(0)
  /** Microseconds since 1970. */
  capturedAt = 0
  ipVersion: 4 | 6 = 4
  sourceAt = 0
  destinationAt = 0
  sourcePort = 0
  destinationPort = 0
  /** Sequence numbers are signed 32-bit: only differences modulo 2^32 matter (RFC 9293, 3.4). */
  sequence = 0
  acknowledgement = 0
  flags = 0
  payloadAt = 0
  /** Captured payload bytes. */
  payloadLength = 0
  /** Payload bytes that were on the wire and not in the capture (snapshot length). */
  missing = 0
  /** Innermost 802.1Q tag, -1 without. */
  vlanId = -1
  tunnelPath = NO_TUNNEL
}

import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../parsed.ts'

/** A whole binary packet at the beginning of some bytes. */
export interface CutPacket {
  /** As it stands, framing included; a view. */
  readonly raw: Uint8Array
  /** Message number (RFC 4250 section 4.1). */
  readonly type: number
  /** Message number included; a view. */
  readonly payload: Uint8Array
}

export type CutPacketFault = 'bad-packet-length' | 'bad-padding'

/** What RFC 4253 section 6.1 asks to be able to take, whole packet. */
export const LONGEST_PACKET = 35_000
const BLOCK = 8
const LEAST_PADDING = 4
const HEADER = 5

/**
 * Takes the packet at the beginning of `bytes` apart, before NEWKEYS, as strictly as RFC 4253 section 6 is written:
 * for who stands in a connection and must not guess. Undefined while it is incomplete; a length that can be none
 * is refused from its first four bytes on, so that nothing is kept for it.
 */
export function cutPacket(bytes: Uint8Array): Parsed<CutPacket, CutPacketFault> | undefined {
  if (bytes.length < HEADER) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const whole = 4 + length
  if (length < 1 + 1 + LEAST_PADDING || whole > LONGEST_PACKET || whole % BLOCK !== 0) {
    return reject('bad-packet-length', 'byte 0')
  }
  const padding = bytes[4] ?? 0
  if (padding < LEAST_PADDING || padding > length - 2) return reject('bad-padding', 'byte 4')
  if (bytes.length < whole) return undefined
  const payload = bytes.subarray(HEADER, whole - padding)
  return emit({ raw: bytes.subarray(0, whole), type: payload[0] ?? 0, payload })
}

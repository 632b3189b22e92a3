/** The first binary packet of some bytes. */
export type ClearPacket =
  | { readonly kind: 'incomplete' }
  | {
      readonly kind: 'packet'
      /** Message number, the first byte of the payload. */
      readonly type: number
      /** Message number included; a view. */
      readonly payload: Uint8Array
      /** Bytes of the whole packet: what follows is the next one's. */
      readonly next: number
    }
  | { readonly kind: 'refused'; readonly code: 'bad-packet-length' | 'bad-padding' }

const LENGTH_FIELD = 4
const HEADER = 5
/** RFC 4253 section 6.1. */
const LONGEST_PACKET = 35_000
const BLOCK = 8
const LEAST_PADDING = 4

/** Bytes that an incomplete packet takes at the most. */
export const LONGEST_CLEAR_PACKET = LENGTH_FIELD + LONGEST_PACKET

/**
 * Cuts a packet of the clear part of a connection (RFC 4253 section 6). Strict, for it faces the Internet: whole
 * blocks of 8, at least 4 bytes of padding, at least a message number.
 *
 *     uint32 packet_length;  byte padding_length;  payload;  padding;
 */
export function cutClearPacket(bytes: Uint8Array): ClearPacket {
  if (bytes.length < LENGTH_FIELD) return { kind: 'incomplete' }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  if (
    length > LONGEST_PACKET ||
    length < 1 + 1 + LEAST_PADDING ||
    (length + LENGTH_FIELD) % BLOCK
  ) {
    return { kind: 'refused', code: 'bad-packet-length' }
  }
  const next = LENGTH_FIELD + length
  if (bytes.length < HEADER) return { kind: 'incomplete' }
  const padding = bytes[LENGTH_FIELD] ?? 0
  if (padding < LEAST_PADDING || padding > length - 2)
    return { kind: 'refused', code: 'bad-padding' }
  if (bytes.length < next) return { kind: 'incomplete' }
  const payload = bytes.subarray(HEADER, next - padding)
  return { kind: 'packet', type: payload[0] ?? 0, payload, next }
}

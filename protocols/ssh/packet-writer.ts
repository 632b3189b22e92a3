/** Block size before NEWKEYS, and the least padding (RFC 4253 section 6). */
const BLOCK = 8
const LEAST_PADDING = 4
const HEADER = 5

/** `string`: uint32 length, then the bytes (RFC 4251 section 5). */
export function sshString(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(4 + bytes.length)
  out.writeUInt32BE(bytes.length)
  out.set(bytes, 4)
  return out
}

/**
 * Frames a payload as a binary packet of the clear part of a connection: block size 8, no MAC (RFC 4253
 * section 6). The padding is zeros, for there is nothing encrypted yet that it could protect.
 */
export function framePacket(payload: Uint8Array): Buffer {
  let padding = BLOCK - ((HEADER + payload.length) % BLOCK)
  if (padding < LEAST_PADDING) padding += BLOCK
  const out = Buffer.alloc(HEADER + payload.length + padding)
  out.writeUInt32BE(1 + payload.length + padding)
  out[4] = padding
  out.set(payload, HEADER)
  return out
}

export const SSH_MSG_DISCONNECT = 1

/** A framed SSH_MSG_DISCONNECT (RFC 4253 section 11.1): reason code, sentence in UTF-8, no language tag. */
export function frameDisconnect(code: number, sentence: string): Buffer {
  const head = Buffer.alloc(5)
  head[0] = SSH_MSG_DISCONNECT
  head.writeUInt32BE(code, 1)
  return framePacket(
    Buffer.concat([head, sshString(Buffer.from(sentence)), sshString(new Uint8Array(0))]),
  )
}

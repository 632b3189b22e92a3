import { sshString } from '../ssh/packet-writer.ts'

/**
 * Input of a hash, MAC or signature: a label that no other use has, then each part with its length, so that no two
 * inputs are spelled alike.
 */
export function labelled(label: string, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from(`vestibule-${label}-1`), ...parts.map(sshString)])
}

/** `uint64`, for times in milliseconds since 1970 and other safe integers. */
export function uint64(value: number): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(BigInt(value))
  return out
}

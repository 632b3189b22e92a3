import { murmur2 } from './murmur2.ts'

const utf8 = new TextEncoder()
/** Most texts are short: no memory of their own. */
const scratch = new Uint8Array(768)

/** 32 bits of a text, unsigned; not for keys an attacker gains by colliding. */
export function hashText(text: string): number {
  if (text.length > scratch.length / 3) return murmur2(utf8.encode(text)) >>> 0
  const { written } = utf8.encodeInto(text, scratch)
  return murmur2(scratch.subarray(0, written)) >>> 0
}

/** Two independent 32-bit words of a value: FNV-1a forwards and murmur2. */
export function hashPair(bytes: Uint8Array): readonly [number, number] {
  let h = 0x811c9dc5
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193)
  return [h >>> 0, murmur2(bytes) >>> 0]
}

/** The first 32 bits as they stand, big-endian: for values that are hashes already. */
export function firstWord(bytes: Uint8Array): number {
  return (
    (((bytes[0] ?? 0) << 24) |
      ((bytes[1] ?? 0) << 16) |
      ((bytes[2] ?? 0) << 8) |
      (bytes[3] ?? 0)) >>>
    0
  )
}

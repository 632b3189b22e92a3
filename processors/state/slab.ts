import { type ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/**
 * Profiles with their keys, without their zeros: most words of most profiles are. For each: place + 1,
 * key, a bit for each word, and the words that are not zero. A place of 0 ends it.
 */
export function writeSlab(
  keys: readonly (string | undefined)[],
  memory: Uint32Array,
  words: number,
): Uint8Array {
  const to = new ByteWriter()
  for (let place = 0; place < keys.length; place += 1) {
    const key = keys[place]
    if (key === undefined) continue
    to.u32(place + 1)
    to.text(key)
    const start = place * words
    for (let group = 0; group < words; group += 32) {
      const end = Math.min(words, group + 32)
      let bits = 0
      for (let i = group; i < end; i += 1) if (memory[start + i] !== 0) bits |= 1 << (i - group)
      to.u32(bits >>> 0)
      for (let i = group; i < end; i += 1) {
        const word = memory[start + i] ?? 0
        if (word !== 0) to.u32(word)
      }
    }
  }
  to.u32(0)
  return to.finish()
}

/** Fills zeroed memory. Throws RangeError past the end of the bytes. */
export function readSlab(
  from: ByteReader,
  memory: Uint32Array,
  words: number,
  put: (place: number, key: string) => void,
): void {
  for (let place = from.u32(); place > 0; place = from.u32()) {
    put(place - 1, from.text())
    const start = (place - 1) * words
    for (let group = 0; group < words; group += 32) {
      const bits = from.u32()
      for (let i = 0; i < 32; i += 1) {
        if ((bits & (1 << i)) !== 0) memory[start + group + i] = from.u32()
      }
    }
  }
}

import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const MOST = 16_384
const BYTES = 8

/** The newest event ids: a sighting appended twice around a crash is counted once. */
export class RecentIds {
  readonly #seen = new Set<string>()

  /** False when the id was seen lately. */
  add(id: Uint8Array): boolean {
    const key = Buffer.from(id.buffer, id.byteOffset, Math.min(BYTES, id.length)).toString('latin1')
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    if (this.#seen.size > MOST) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest)
        break
      }
    }
    return true
  }

  save(to: ByteWriter): void {
    to.u32(this.#seen.size)
    for (const key of this.#seen) to.block(Buffer.from(key, 'latin1'))
  }

  load(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) {
      this.#seen.add(Buffer.from(from.block()).toString('latin1'))
    }
  }
}

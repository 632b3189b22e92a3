import { type ByteReader } from './byte-reader.ts'
import { type ByteWriter } from './byte-writer.ts'

const BYTES = 8

/**
 * The ids of the newest `least` to `2 * least` records: one that was appended twice is known again, whoever it is
 * about and however many there were of it. 64 bits of an id, for its maker can search for ids that are alike in
 * fewer. Two generations: nothing is ever deleted singly.
 */
export class SeenLately {
  readonly #least: number
  #newer = new Set<string>()
  #older = new Set<string>()

  constructor(least: number) {
    this.#least = least
  }

  /** False when the id was seen lately. */
  add(id: Uint8Array): boolean {
    const key = keyOf(id)
    if (this.#newer.has(key) || this.#older.has(key)) return false
    if (this.#newer.size >= this.#least) {
      this.#older = this.#newer
      this.#newer = new Set()
    }
    this.#newer.add(key)
    return true
  }

  save(to: ByteWriter): void {
    for (const ids of [this.#older, this.#newer])
      to.block(Buffer.from([...ids].join(''), 'utf16le'))
  }

  load(from: ByteReader): void {
    for (const ids of [this.#older, this.#newer]) {
      const bytes = Buffer.from(from.block())
      for (let at = 0; at < bytes.length; at += BYTES) {
        ids.add(bytes.toString('utf16le', at, at + BYTES))
      }
    }
  }
}

/** Four 16-bit characters: strings, for the engine hashes them with a secret of its own, and numbers without. */
function keyOf(id: Uint8Array): string {
  const unit = (at: number): number => ((id[at] ?? 0) << 8) | (id[at + 1] ?? 0)
  return String.fromCharCode(unit(0), unit(2), unit(4), unit(6))
}

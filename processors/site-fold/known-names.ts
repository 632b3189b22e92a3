import { hashText } from '../../lib/hash-words.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const MOST = 10_000
const MOST_CHARACTERS = 64

/** The newest user names that came in clear, by their hash: a pattern is told with a name, not a number. */
export class KnownNames {
  readonly #names = new Map<string, string>()

  note(name: string): void {
    const hash = nameHash(name)
    this.#names.delete(hash)
    this.#names.set(hash, name.slice(0, MOST_CHARACTERS))
    if (this.#names.size <= MOST) return
    for (const oldest of this.#names.keys()) {
      this.#names.delete(oldest)
      break
    }
  }

  find(hash: string): string | undefined {
    return this.#names.get(hash)
  }

  save(to: ByteWriter): void {
    to.u32(this.#names.size)
    for (const name of this.#names.values()) to.text(name)
  }

  load(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) this.note(from.text())
  }
}

/** 8 hex digits. */
export function nameHash(name: string): string {
  return hashText(name).toString(16).padStart(8, '0')
}

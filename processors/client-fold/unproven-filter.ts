import { hashText } from '../../lib/hash-words.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const PLACES = 65_536

/**
 * Lets each (client, value, day) pass about once, in fixed memory: who forges addresses costs no
 * profile and counts once a day. What falls on a taken place passes again; that is the safe mistake.
 */
export class UnprovenFilter {
  readonly #seen = new Uint32Array(PLACES)

  passes(client: string, value: string, day: number): boolean {
    const hash = hashText(`${client}|${value}|${day}`)
    const place = hash % PLACES
    if (this.#seen[place] === hash) return false
    this.#seen[place] = hash
    return true
  }

  save(to: ByteWriter): void {
    for (const [place, hash] of this.#seen.entries()) {
      if (hash === 0) continue
      to.u32(1 + place)
      to.u32(hash)
    }
    to.u32(0)
  }

  load(from: ByteReader): void {
    for (let place = from.u32(); place > 0; place = from.u32()) this.#seen[place - 1] = from.u32()
  }
}

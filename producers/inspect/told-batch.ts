import { type Moment } from '../../protocols/packet/flow-expiry.ts'

/**
 * What one share of a capture's connections came to, in the order of its making: lines of text, and
 * between them what only the judge of all shares can decide.
 */
export interface ToldBatch<Asked> {
  /** Three numbers an entry: frame, stage, frame of the last touch (see `Moment`). */
  readonly moments: Float64Array<ArrayBuffer>
  /** An entry's bytes in `text`; `ASKED` for the next of `asked`. */
  readonly lengths: Int32Array<ArrayBuffer>
  readonly text: Uint8Array<ArrayBuffer>
  readonly asked: readonly Asked[]
  /** Everything told at this frame or before is in this batch or an earlier one. */
  readonly upTo: number
}

export const ASKED = -1
export const MOMENT_NUMBERS = 3

/** Collects what a share tells. Arrays grow and are handed over: each batch owns its own. */
export class ToldWriter<Asked> {
  #moments = new Float64Array(1024 * MOMENT_NUMBERS)
  #lengths = new Int32Array(1024)
  #text = Buffer.allocUnsafeSlow(FIRST_TEXT)
  #asked: Asked[] = []
  #entries = 0
  #bytes = 0

  line(moment: Moment, text: string): void {
    const most = text.length * LONGEST_CHARACTER
    if (this.#bytes + most > this.#text.length) this.#growText(most)
    const length = this.#text.write(text, this.#bytes)
    this.#bytes += length
    this.#entry(moment, length)
  }

  ask(moment: Moment, asked: Asked): void {
    this.#asked.push(asked)
    this.#entry(moment, ASKED)
  }

  /** What has been collected since the last call. */
  take(upTo: number): ToldBatch<Asked> {
    const batch = {
      moments: this.#moments.slice(0, this.#entries * MOMENT_NUMBERS),
      lengths: this.#lengths.slice(0, this.#entries),
      text: new Uint8Array(this.#text.subarray(0, this.#bytes)),
      asked: this.#asked,
      upTo,
    }
    this.#asked = []
    this.#entries = 0
    this.#bytes = 0
    return batch
  }

  #entry(moment: Moment, length: number): void {
    if (this.#entries === this.#lengths.length) this.#growEntries()
    const at = this.#entries * MOMENT_NUMBERS
    this.#moments[at] = moment.frame
    this.#moments[at + 1] = moment.stage
    this.#moments[at + 2] = moment.touched
    this.#lengths[this.#entries] = length
    this.#entries += 1
  }

  #growEntries(): void {
    const lengths = new Int32Array(this.#lengths.length * 2)
    lengths.set(this.#lengths)
    this.#lengths = lengths
    const moments = new Float64Array(this.#moments.length * 2)
    moments.set(this.#moments)
    this.#moments = moments
  }

  #growText(more: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#text.length * 2, this.#bytes + more))
    this.#text.copy(grown, 0, 0, this.#bytes)
    this.#text = grown
  }
}

const FIRST_TEXT = 1 << 20
/** Bytes that UTF-8 may need for one UTF-16 unit. */
const LONGEST_CHARACTER = 3

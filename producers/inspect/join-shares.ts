import { createObserver, type ObserverCounters } from '../observe.ts'
import { type Asked, putTo } from './asked.ts'
import { createInspectLines } from './inspect-lines.ts'
import { INSPECTOR } from './inspector.ts'
import { ToldMerge } from './merge-told.ts'
import { textOf } from './share-teller.ts'
import { type ToldBatch } from './told-batch.ts'

/**
 * Joins what the shares of a capture tell to the text that one observer would have made of all of it,
 * and judges what no share can know.
 */
export class SharesJoiner {
  readonly #judge = createObserver(INSPECTOR)
  readonly #lines = createInspectLines()
  readonly #merge: ToldMerge<Asked>
  #text: Uint8Array[] = []

  constructor(shares: number) {
    this.#merge = new ToldMerge<Asked>(shares, {
      lines: (text) => {
        this.#text.push(text)
      },
      asked: (question) => {
        this.#answer(question)
      },
    })
  }

  /** Of what was judged here. */
  get counters(): ObserverCounters {
    return this.#judge.counters
  }

  add(share: number, batch: ToldBatch<Asked>): void {
    this.#merge.add(share, batch)
  }

  /** The text that nothing can come before any more. */
  take(): Buffer {
    this.#merge.drain()
    const taken = Buffer.concat(this.#text)
    this.#text = []
    return taken
  }

  #answer(question: Asked): void {
    putTo(this.#judge.judgement, question)
    for (const record of this.#judge.take()) {
      for (const line of this.#lines.push(record)) this.#text.push(Buffer.from(textOf(line)))
    }
  }
}

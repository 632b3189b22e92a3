import { ASKED, MOMENT_NUMBERS, type ToldBatch } from './told-batch.ts'

/** Where the entries go, in the order in which one observer of all connections would have made them. */
export interface ToldSink<Asked> {
  /** A view of the batch's text. */
  lines(text: Uint8Array): void
  asked(asked: Asked): void
}

interface Queue<Asked> {
  readonly batches: ToldBatch<Asked>[]
  /** In the first batch: the next entry, where its text begins, which of the asked it would be. */
  entry: number
  textAt: number
  askedAt: number
  upTo: number
}

/**
 * Puts what several shares told into one order: by frame, then, within a frame, what was expired
 * before what the frame itself brought, by stage and last touch. Each share's own order is that order
 * already, so heads are compared and nothing is sorted.
 */
export class ToldMerge<Asked> {
  readonly #queues: readonly Queue<Asked>[]
  readonly #sink: ToldSink<Asked>

  constructor(shares: number, sink: ToldSink<Asked>) {
    this.#queues = Array.from({ length: shares }, () => ({
      ...{ batches: [], entry: 0, textAt: 0, askedAt: 0, upTo: 0 },
    }))
    this.#sink = sink
  }

  /** Frames up to which all shares have told everything. */
  get upTo(): number {
    return Math.min(...this.#queues.map(({ upTo }) => upTo))
  }

  add(share: number, batch: ToldBatch<Asked>): void {
    const queue = this.#queues[share]
    if (queue === undefined) return
    queue.upTo = batch.upTo
    if (batch.lengths.length > 0) queue.batches.push(batch)
  }

  /** Hands on all entries that nothing can come before any more. */
  drain(): void {
    const upTo = this.upTo
    for (let first = this.#first(upTo); first !== undefined; first = this.#first(upTo)) {
      this.#handOn(first, upTo)
    }
  }

  /** The queue whose head is earliest; the lower share's of two alike. */
  #first(upTo: number): Queue<Asked> | undefined {
    let first: Queue<Asked> | undefined
    for (const queue of this.#queues) {
      if (frameOf(queue) > upTo || queue.batches.length === 0) continue
      if (first === undefined || compare(queue, first) < 0) first = queue
    }
    return first
  }

  /** The head and whatever follows it in the same batch before any other queue's head, at once. */
  #handOn(queue: Queue<Asked>, upTo: number): void {
    const [batch] = queue.batches
    if (batch === undefined) return
    const from = queue.textAt
    do {
      const length = batch.lengths[queue.entry] ?? 0
      if (length === ASKED) {
        if (queue.textAt > from) this.#sink.lines(batch.text.subarray(from, queue.textAt))
        this.#ask(queue, batch)
        return
      }
      queue.textAt += length
      queue.entry += 1
    } while (queue.entry < batch.lengths.length && this.#first(upTo) === queue)
    this.#sink.lines(batch.text.subarray(from, queue.textAt))
    forgetSpent(queue, batch)
  }

  #ask(queue: Queue<Asked>, batch: ToldBatch<Asked>): void {
    const asked = batch.asked[queue.askedAt]
    queue.askedAt += 1
    queue.entry += 1
    forgetSpent(queue, batch)
    if (asked !== undefined) this.#sink.asked(asked)
  }
}

function forgetSpent<Asked>(queue: Queue<Asked>, batch: ToldBatch<Asked>): void {
  if (queue.entry < batch.lengths.length) return
  queue.batches.shift()
  queue.entry = 0
  queue.textAt = 0
  queue.askedAt = 0
}

function frameOf<Asked>(queue: Queue<Asked>): number {
  return queue.batches[0]?.moments[queue.entry * MOMENT_NUMBERS] ?? Infinity
}

function compare<Asked>(a: Queue<Asked>, b: Queue<Asked>): number {
  for (let i = 0; i < MOMENT_NUMBERS; i += 1) {
    const mine = a.batches[0]?.moments[a.entry * MOMENT_NUMBERS + i] ?? Infinity
    const other = b.batches[0]?.moments[b.entry * MOMENT_NUMBERS + i] ?? Infinity
    if (mine !== other) return mine < other ? -1 : 1
  }
  return 0
}

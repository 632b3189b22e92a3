import { type LogStore, type PartitionReader } from './store.ts'
import { blankMessage, MESSAGE_HEADER_BYTES, TYPE } from './wire.ts'

/** A partition to be read, from an offset. */
export interface Start {
  readonly topic: number
  readonly partition: number
  readonly offset: number
}

const BATCH_BYTES = 512 * 1024
/** Batches that may be on their way or unread at the client. */
export const FIRST_CREDITS = 2

interface Source {
  readonly reader: PartitionReader
  /** End of the partition when the reading began. */
  readonly target: number
}

/**
 * Sends a reader what it may read, merged by the log's sequence, as soon as it is there and as long
 * as the reader has credit. Message body: caught up u8, frames.
 */
export class Subscription {
  readonly #id: number
  readonly #store: LogStore
  readonly #send: (message: Buffer) => void
  readonly #maxRecords: number
  #sources: readonly Source[] = []
  #credits = 0
  #told = false
  #scheduled = false

  constructor(id: number, store: LogStore, maxRecords: number, send: (message: Buffer) => void) {
    this.#id = id
    this.#store = store
    this.#maxRecords = maxRecords
    this.#send = send
  }

  start(starts: readonly Start[]): void {
    this.stop()
    this.#sources = starts.map(({ topic, partition, offset }) => {
      const target = this.#store.end(topic, partition)
      return { reader: this.#store.reader(topic, partition, Math.min(offset, target)), target }
    })
    this.#credits = FIRST_CREDITS
    this.#told = false
    this.wake()
  }

  stop(): void {
    for (const { reader } of this.#sources) reader.close()
    this.#sources = []
    this.#credits = 0
  }

  credit(): void {
    this.#credits = Math.min(FIRST_CREDITS, this.#credits + 1)
    this.wake()
  }

  /** There may be something to send: looks soon, after the work in hand. */
  wake(): void {
    if (this.#scheduled || this.#credits === 0 || this.#sources.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    if (this.#credits === 0 || this.#sources.length === 0) return
    const frames = this.#merge()
    const caughtUp = this.#told || this.#isCaughtUp()
    if (frames.length === 0 && caughtUp === this.#told) return
    this.#told = caughtUp
    this.#credits -= 1
    this.#send(batchMessage(this.#id, caughtUp, frames))
    if (frames.length > 0) this.wake()
  }

  #isCaughtUp(): boolean {
    return this.#sources.every(
      ({ reader, target }) => reader.offset >= target || reader.peek() === Infinity,
    )
  }

  #merge(): readonly Buffer[] {
    const frames: Buffer[] = []
    let bytes = 0
    while (frames.length < this.#maxRecords && bytes < BATCH_BYTES) {
      const reader = this.#earliest()
      if (reader === undefined) break
      const frame = reader.take()
      frames.push(frame)
      bytes += frame.length
    }
    return frames
  }

  #earliest(): PartitionReader | undefined {
    let earliest: PartitionReader | undefined
    let lowest = Infinity
    for (const { reader } of this.#sources) {
      const sequence = reader.peek()
      if (sequence >= lowest) continue
      lowest = sequence
      earliest = reader
    }
    return earliest
  }
}

function batchMessage(id: number, caughtUp: boolean, frames: readonly Buffer[]): Buffer {
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0)
  const message = blankMessage(TYPE.records, id, 1 + bytes)
  message[MESSAGE_HEADER_BYTES] = caughtUp ? 1 : 0
  let at = MESSAGE_HEADER_BYTES + 1
  for (const frame of frames) {
    message.set(frame, at)
    at += frame.length
  }
  return message
}

import { closeSync, readSync } from 'node:fs'
import { type PartitionSegments, type Segment } from './partition-segments.ts'
import { frameAt, offsetOf, sequenceOf } from './record-frame.ts'
import { type PartitionReader } from './store.ts'

const CHUNK_BYTES = 128 * 1024
const NOTHING = Buffer.alloc(0)

/** Reads a partition's segments one after another; holds one chunk and one open file. */
export class SegmentReader implements PartitionReader {
  readonly #log: PartitionSegments
  #segment: Segment | undefined
  #fd: number | undefined
  /** Where the chunk ends in the file. */
  #position = 0
  #chunk: Buffer = NOTHING
  #at = 0
  #frame: Buffer | undefined
  #offset: number

  constructor(log: PartitionSegments, offset: number) {
    this.#log = log
    this.#offset = offset
  }

  get offset(): number {
    return this.#offset
  }

  peek(): number {
    while (this.#frame === undefined) {
      const frame = frameAt(this.#chunk, this.#at)
      if (frame === undefined || frame === 'torn') {
        if (frame === 'torn' ? !this.#nextSegment() : !this.#fill()) return Infinity
        continue
      }
      this.#at += frame.length
      if (offsetOf(frame) >= this.#offset) this.#frame = frame
    }
    return sequenceOf(this.#frame)
  }

  take(): Buffer {
    const frame = this.#frame
    if (frame === undefined) throw new Error('take() without a frame seen by peek()')
    this.#frame = undefined
    this.#offset = offsetOf(frame) + 1
    return frame
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#segment = undefined
    this.#chunk = NOTHING
  }

  /** Brings more bytes to hand; false at the end of what is committed. */
  #fill(): boolean {
    if (this.#segment === undefined || this.#fd === undefined) return this.#open(this.#first())
    const unread = this.#segment.bytes - this.#position
    if (unread <= 0) return this.#nextSegment()
    const rest = this.#chunk.subarray(this.#at)
    const wanted = Math.min(unread, CHUNK_BYTES)
    const chunk = Buffer.allocUnsafe(rest.length + wanted)
    chunk.set(rest)
    const read = readSync(this.#fd, chunk, rest.length, wanted, this.#position)
    this.#position += read
    this.#chunk = chunk.subarray(0, rest.length + read)
    this.#at = 0
    return read > 0
  }

  #first(): Segment | undefined {
    return this.#log.holding(this.#offset)
  }

  #nextSegment(): boolean {
    return this.#open(this.#log.after(this.#segment?.baseOffset ?? -1))
  }

  #open(segment: Segment | undefined): boolean {
    if (segment === undefined) return false
    this.close()
    this.#segment = segment
    this.#fd = this.#log.openToRead(segment)
    this.#position = 0
    this.#at = 0
    return true
  }
}

import { closeSync, openSync, readSync } from 'node:fs'
import { type CaptureFault } from '../../protocols/packet/capture-fault.ts'
import { createSinkingParser } from '../../protocols/packet/capture-parser.ts'
import { type FrameSink } from '../../protocols/packet/frame-sink.ts'

const STEP_BYTES = 1 << 20
/** Before the bytes read: room for the beginning of a packet that the step before ended in. */
const HEADROOM = 64 << 10

/**
 * Reads an uncompressed capture file step by step, blocking: for a thread that has nothing else to
 * do. No further than `size`, so that several readers of a file that grows read the same.
 */
export class CaptureFileSteps {
  readonly #file: number
  readonly #parser
  readonly #buffer = new Uint8Array(HEADROOM + STEP_BYTES)
  readonly #size: number
  #read = 0

  constructor(path: string, size: number, sink: FrameSink) {
    this.#file = openSync(path, 'r')
    this.#size = size
    this.#parser = createSinkingParser(sink)
  }

  /** Gives the frames of the next step to the sink; false when there was none. */
  next(): boolean {
    const wanted = Math.min(STEP_BYTES, this.#size - this.#read)
    if (wanted === 0 || this.#parser.fault !== undefined) return false
    const read = readSync(this.#file, this.#buffer, HEADROOM, wanted, null)
    this.#read += read
    this.#parser.push(this.#buffer.subarray(HEADROOM, HEADROOM + read), HEADROOM)
    return read > 0
  }

  /** What was wrong with the file. */
  end(): CaptureFault | undefined {
    closeSync(this.#file)
    return this.#parser.end()
  }
}

import { type CaptureFault, captureFault } from './capture-fault.ts'
import { type CaptureFormat } from './capture-format.ts'
import { type Frame } from './frame.ts'
import { FrameList, type FrameSink } from './frame-sink.ts'
import { pcapFormat } from './pcap-format.ts'
import { isPcapng, pcapngFormat } from './pcapng-format.ts'
import { i32 } from './wire.ts'

/** Capture bytes in, frames out: pcap and pcapng alike, in pieces of any size. */
export interface CaptureParser {
  /** Frames completed by this chunk. They point into it, or into a copy. None after a fault. */
  push(chunk: Uint8Array): readonly Frame[]
  /** The input has ended: a fault when it ended too early, or the one met before. */
  end(): CaptureFault | undefined
  readonly fault: CaptureFault | undefined
}

/** The same, with each frame given to a sink the moment it is found. */
export interface SinkingParser extends Omit<CaptureParser, 'push'> {
  /** `headroom` bytes before the chunk, in the same memory, are free: what is left over goes there. */
  push(chunk: Uint8Array, headroom?: number): void
}

const MAGIC_BYTES = 4
const NOTHING = new Uint8Array(0)

export function createCaptureParser(): CaptureParser {
  const frames = new FrameList()
  const parser = createSinkingParser(frames)
  return {
    get fault() {
      return parser.fault
    },
    push(chunk) {
      parser.push(chunk)
      return frames.take()
    },
    end: () => parser.end(),
  }
}

export function createSinkingParser(sink: FrameSink): SinkingParser {
  let format: CaptureFormat | undefined
  let fault: CaptureFault | undefined
  let rest: Uint8Array = NOTHING
  /** Of the first byte not yet used; beyond what came when the rest of a block is to be skipped. */
  let offset = 0
  let received = 0

  function parse(bytes: Uint8Array): void {
    format ??= formatOf(bytes)
    if (format === undefined) {
      fault = captureFault('not-a-capture', 0, NOT_A_CAPTURE)
      return
    }
    const step = format.read(bytes, offset, sink)
    offset += step.used
    fault = step.fault
    rest = step.used >= bytes.length ? NOTHING : bytes.slice(step.used)
  }

  return {
    get fault() {
      return fault
    },
    push(chunk, headroom = 0) {
      if (fault !== undefined) return
      const skip = Math.max(0, offset - received)
      received += chunk.length
      if (skip >= chunk.length) return
      const fresh = plain(chunk, skip)
      const bytes = rest.length === 0 ? fresh : joined(rest, fresh, skip === 0 ? headroom : 0)
      if (bytes.length >= MAGIC_BYTES) parse(bytes)
      else rest = bytes.slice()
    },
    end() {
      fault ??= faultAtEnd(offset, received, format !== undefined)
      return fault
    },
  }
}

const NOT_A_CAPTURE = 'This is not a capture file: it begins neither like pcap nor like pcapng.'

function formatOf(bytes: Uint8Array): CaptureFormat | undefined {
  const magic = i32(bytes, 0) >>> 0
  return isPcapng(magic) ? pcapngFormat() : pcapFormat(magic)
}

/**
 * A Buffer's `slice` copies nothing, and whoever reads frames relies on a copy: what comes from a
 * stream is therefore seen as the Uint8Array that it is underneath.
 */
function plain(chunk: Uint8Array, skip: number): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset + skip, chunk.length - skip)
}

function joined(first: Uint8Array, second: Uint8Array, headroom: number): Uint8Array {
  if (first.length <= headroom) {
    const from = second.byteOffset - first.length
    const there = new Uint8Array(second.buffer, from, first.length + second.length)
    there.set(first)
    return there
  }
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

function faultAtEnd(used: number, received: number, known: boolean): CaptureFault | undefined {
  if (received === 0)
    return captureFault('empty', 0, 'The capture is empty: it has no bytes at all.')
  if (!known) return captureFault('not-a-capture', 0, NOT_A_CAPTURE)
  if (used === received && used > 0) return undefined
  const message = `The capture was cut after ${received} bytes, inside the record that begins at byte ${used}.`
  const begun = Math.min(used, received)
  return captureFault(
    'truncated',
    received,
    used > received ? `The capture was cut after ${begun} bytes, inside its last block.` : message,
  )
}

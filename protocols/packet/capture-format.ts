import { type CaptureFault } from './capture-fault.ts'
import { type FrameSink } from './frame-sink.ts'

/**
 * How many bytes a format used: whole records only, the rest is shown again with more behind it.
 * More than it was shown means that what follows is to be skipped.
 */
export interface FormatStep {
  readonly used: number
  readonly fault?: CaptureFault
}

/** One file format, shown its bytes piece by piece. */
export interface CaptureFormat {
  /** `at` is the offset of `bytes` in the file. Frames given to the sink point into `bytes`. */
  read(bytes: Uint8Array, at: number, sink: FrameSink): FormatStep
}

/** No network has longer packets; a record that claims more is not believed (libpcap: 256 KiB). */
export const MAX_PACKET_BYTES = 1 << 20

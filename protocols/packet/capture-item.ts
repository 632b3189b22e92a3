import { type CaptureFault } from './capture-fault.ts'
import { type Frame } from './frame.ts'

/** What the kernel says of a live capture since it began. */
export interface CaptureStatistics {
  /** Packets that passed the filter. */
  readonly received: number
  /** Of those, lost because the ring was full. */
  readonly dropped: number
  /** Lost by the interface or its driver. */
  readonly interfaceDropped: number
}

/**
 * One thing a capture yields, file or live. A fault is the last item: everything before it was
 * given. Frames and their bytes are valid until the next item is asked for.
 */
export type CaptureItem =
  | { readonly kind: 'frames'; readonly frames: readonly Frame[] }
  | { readonly kind: 'statistics'; readonly statistics: CaptureStatistics }
  | { readonly kind: 'fault'; readonly fault: CaptureFault }

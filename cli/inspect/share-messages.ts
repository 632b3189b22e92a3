import { type CaptureFault } from '../../protocols/packet/capture-fault.ts'
import { type FlowShare } from '../../protocols/packet/flow-share.ts'
import { type Asked } from '../../producers/inspect/asked.ts'
import { type ToldBatch } from '../../producers/inspect/told-batch.ts'
import { type ObserverCounters } from '../../producers/observe.ts'

/** What a thread is given. */
export interface ShareTask {
  readonly path: string
  /** Bytes of the file that are read. */
  readonly size: number
  readonly share: FlowShare
  /** One Int32: steps of the file that all threads are through with. */
  readonly steps: SharedArrayBuffer
}

/** What it answers: a batch a step of the file, with the last one how it ended. */
export interface ShareMessage {
  readonly batch: ToldBatch<Asked>
  readonly end:
    { readonly counters: ObserverCounters; readonly fault: CaptureFault | undefined } | undefined
}

/** How many steps of the file a thread may be ahead of what has been written: bounds what waits. */
export const STEPS_AHEAD = 16

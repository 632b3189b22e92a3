import { z } from 'zod'
import { type CaptureItem } from '../../protocols/packet/capture-item.ts'

export interface LiveCaptureOptions {
  /** As the system names it, or `any`. */
  readonly interface: string
  /** A pcap filter expression; without one, everything that may hold TCP. */
  readonly filter?: string
  /** `auto`: the pcap addon when it loads, else tcpdump. */
  readonly driver?: 'auto' | 'pcap' | 'tcpdump'
  /** Bytes kept of each packet. Offloading makes packets of up to 64 KiB. */
  readonly snaplen?: number
  /** The kernel's ring. */
  readonly bufferBytes?: number
  /** How long the kernel may collect packets before it hands them over. Not with tcpdump. */
  readonly bufferTimeoutMs?: number
  /** Ends the capture: what was captured by then is still yielded. */
  readonly signal?: AbortSignal
}

/** Options with nothing left open. */
export const liveSettings = z.object({
  interface: z.string(),
  filter: z.string(),
  snaplen: z.number(),
  bufferBytes: z.number(),
  bufferTimeoutMs: z.number(),
})

export type LiveSettings = Readonly<z.infer<typeof liveSettings>>

/** A capture that runs. Ends when its signal is aborted, or with a fault as the last item. */
export interface LiveCapture {
  readonly items: AsyncIterable<CaptureItem>
  readonly driver: 'pcap' | 'tcpdump'
  /** For people: what is captured, where and by what. */
  readonly description: string
}

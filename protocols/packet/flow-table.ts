import { STAGES } from './aging-lists.ts'
import { EventClock } from './event-clock.ts'
import { createFlowCounters, type FlowCounters } from './flow-counters.ts'
import { expireFlows, type Moment } from './flow-expiry.ts'
import { type Flow, type FlowHandler } from './flow-handler.ts'
import { FLOW_LIMITS, type FlowLimits } from './flow-limits.ts'
import { type FlowShare, isForeign, isShared } from './flow-share.ts'
import { FlowStore } from './flow-store.ts'
import { type Frame } from './frame.ts'
import { type FrameSink } from './frame-sink.ts'
import { type StreamBudget } from './half-stream.ts'
import { createPacketDecoder } from './packet-decoder.ts'
import { SegmentTracker } from './segment-tracker.ts'

export interface FlowTableOptions {
  /**
   * Offered every TCP connection once: at its first payload, or, when none came, at its end (then
   * `end` is all its handler hears). Undefined: nobody wants it, and it costs only its counting.
   */
  readonly open: (flow: Flow) => FlowHandler | undefined
  readonly limits?: Partial<FlowLimits>
  /** Ports that tell the server when no SYN was seen; without a hit the lower port does. */
  readonly serverPorts?: ReadonlySet<number>
  /** Chance, so that no sender can choose which connections share a hash bucket. */
  readonly hashSeed?: number
  /** Only these connections are followed; all by default. Frames that are no TCP are counted by share 0. */
  readonly share?: FlowShare | undefined
}

export interface FlowTable extends FrameSink {
  packet(frame: Frame): void
  /** Where the table is in its work, current whenever a handler is called. */
  readonly moment: Readonly<Moment>
  /** No packet came, yet time passed: expires what has been silent. Microseconds since 1970. */
  advance(nowUs: number): void
  /** The capture is over: every open connection ends with `capture-end`. */
  end(atUs: number): void
  readonly counters: FlowCounters
  /** Bytes held by reassembly, duplicates, conflicts and forced gaps so far. */
  readonly streams: Readonly<StreamBudget>
  /** Connections held now, half-open and lately ended ones included. */
  readonly size: number
}

const EXPIRY_STEP_US = 100_000

/**
 * TCP connections out of frames: decodes, reassembles, and feeds whoever opened a handler. Bounded
 * in flows and bytes; lives on event time; never throws for what is on the wire.
 */
export function createFlowTable(options: FlowTableOptions): FlowTable {
  return new Table(options)
}

class Table implements FlowTable {
  readonly counters = createFlowCounters()
  readonly moment: Moment = { frame: 0, stage: STAGES.length, touched: 0 }
  readonly #limits: FlowLimits
  readonly #share: FlowShare | undefined
  readonly #decoder = createPacketDecoder()
  readonly #store: FlowStore
  readonly #tracker: SegmentTracker
  readonly #clock = new EventClock()
  #expiredAt = -Infinity

  constructor({ open, limits, hashSeed = 0, serverPorts = new Set(), share }: FlowTableOptions) {
    const { counters } = this
    this.#limits = { ...FLOW_LIMITS, ...limits }
    this.#share = share
    this.#store = new FlowStore({ open, limits: this.#limits, hashSeed, counters })
    this.#tracker = new SegmentTracker(this.#store, counters, serverPorts)
  }

  get streams(): Readonly<StreamBudget> {
    return this.#store.budget
  }

  get size(): number {
    return this.#store.index.size
  }

  packet({ bytes, linkType, capturedAt, originalLength }: Frame): void {
    this.frame(bytes, 0, bytes.length, linkType, capturedAt, originalLength)
  }

  frame(
    bytes: Uint8Array,
    from: number,
    to: number,
    linkType: number,
    capturedAt: number,
    originalLength: number,
  ): void {
    const { counters } = this
    counters.frames += 1
    counters.bytes += to - from
    this.moment.frame = counters.frames
    this.#clock.frame(capturedAt)
    this.#store.lists.frame = counters.frames
    this.#store.lists.stamp = this.#clock.stamp
    this.#expire()
    const share = this.#share
    if (share !== undefined && isForeign(share, bytes, from, to, linkType)) return
    const decoder = this.#decoder
    const verdict = decoder.decodeWithin(bytes, from, to, linkType, capturedAt, originalLength)
    if (verdict !== 'tcp') {
      if (share === undefined || share.index === 0) counters.skipped[verdict] += 1
    } else if (share === undefined || isShared(share, decoder.segment)) {
      this.#tracker.segment(decoder.segment)
    }
  }

  advance(nowUs: number): void {
    this.#clock.advance(nowUs)
    this.#expire()
  }

  end(atUs: number): void {
    const store = this.#store
    this.moment.frame = Infinity
    for (const stage of ['half-open', 'unproven', 'proven'] as const) {
      this.moment.stage = STAGES.indexOf(stage)
      for (let slot = store.lists.oldest(stage); slot >= 0; slot = store.lists.oldest(stage)) {
        this.moment.touched = store.lists.frameOf(slot)
        store.finish(slot, 'capture-end', atUs, 'cutShort')
      }
    }
  }

  #expire(): void {
    const { now } = this.#clock
    if (now < this.#expiredAt + EXPIRY_STEP_US) return
    this.#expiredAt = now
    expireFlows(this.#store, this.#limits, now, this.moment)
    this.moment.stage = STAGES.length
    this.moment.touched = 0
  }
}

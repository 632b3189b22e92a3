import { createFlowCounters, type FlowCounters } from './flow-counters.ts'
import { expireFlows } from './flow-expiry.ts'
import { type Flow, type FlowHandler } from './flow-handler.ts'
import { FLOW_LIMITS, type FlowLimits } from './flow-limits.ts'
import { FlowStore } from './flow-store.ts'
import { type Frame } from './frame.ts'
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
}

export interface FlowTable {
  packet(frame: Frame): void
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
const { min } = Math

/**
 * TCP connections out of frames: decodes, reassembles, and feeds whoever opened a handler. Bounded
 * in flows and bytes; lives on event time; never throws for what is on the wire.
 */
export function createFlowTable(options: FlowTableOptions): FlowTable {
  const limits = { ...FLOW_LIMITS, ...options.limits }
  const counters = createFlowCounters()
  const decoder = createPacketDecoder()
  const store = new FlowStore({
    open: options.open,
    limits,
    hashSeed: options.hashSeed ?? 0,
    counters,
  })
  const tracker = new SegmentTracker(store, counters, options.serverPorts ?? new Set())
  let previousAt = Infinity
  let expiredAt = -Infinity

  function expire(now: number): void {
    if (now < expiredAt + EXPIRY_STEP_US && now >= expiredAt) return
    expiredAt = now
    expireFlows(store, limits, now)
  }

  return {
    counters,
    streams: store.budget,
    get size() {
      return store.index.size
    },
    packet(frame) {
      counters.frames += 1
      counters.bytes += frame.bytes.length
      // The earlier of two times: one frame with a wrong clock must not expire everything.
      expire(min(previousAt, frame.capturedAt))
      previousAt = frame.capturedAt
      const verdict = decoder.decode(frame)
      if (verdict === 'tcp') tracker.segment(decoder.segment)
      else counters.skipped[verdict] += 1
    },
    advance: expire,
    end(atUs) {
      for (const stage of ['half-open', 'unproven', 'proven'] as const) {
        for (let slot = store.lists.oldest(stage); slot >= 0; slot = store.lists.oldest(stage)) {
          store.finish(slot, 'capture-end', atUs, 'cutShort')
        }
      }
    },
  }
}

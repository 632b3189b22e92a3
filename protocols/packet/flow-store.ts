import { type StreamEnd } from '../stream.ts'
import { AgingLists, type Stage } from './aging-lists.ts'
import { Connection } from './connection.ts'
import { FlowColumns, OFFERED, SEEN } from './flow-columns.ts'
import { type FlowCounters } from './flow-counters.ts'
import { type Flow, type FlowHandler } from './flow-handler.ts'
import { FlowIndex } from './flow-index.ts'
import { type FlowLimits } from './flow-limits.ts'
import { type StreamBudget } from './half-stream.ts'
import { openingOf } from './tcp-opening.ts'
import { type TcpSegment } from './tcp-segment.ts'
import { tunnelText } from './tunnel-path.ts'

export type EndReason = keyof FlowCounters['flows']

/** What of a table's options the store needs. */
export interface FlowStoreOptions {
  readonly open: (flow: Flow) => FlowHandler | undefined
  readonly limits: FlowLimits
  readonly hashSeed: number
  readonly counters: FlowCounters
}

/**
 * Where connections live: compact columns for all of them, an object only for those that carry
 * payload somebody wants, lists by age for eviction.
 */
export class FlowStore {
  readonly index: FlowIndex
  readonly columns = new FlowColumns()
  readonly lists = new AgingLists()
  readonly budget: StreamBudget
  readonly #connections: (Connection | undefined)[] = []
  readonly #options: FlowStoreOptions
  #live = 0

  constructor(options: FlowStoreOptions) {
    this.#options = options
    this.index = new FlowIndex(options.hashSeed)
    const { maxBytes, maxBytesPerStream, historyBytes } = options.limits
    this.budget = {
      maxBytes,
      maxBytesPerStream,
      historyBytes,
      spare: [],
      held: 0,
      duplicateBytes: 0,
      conflicts: 0,
      outOfOrder: 0,
      forcedGaps: 0,
    }
  }

  connection(slot: number): Connection | undefined {
    return this.#connections[slot]
  }

  /** A new slot for the segment's four-tuple, which the index has just looked up in vain. */
  begin(segment: TcpSegment, stage: Stage): number {
    if (this.index.size >= this.#options.limits.maxFlows) this.#evict(segment.capturedAt)
    const slot = this.index.add()
    this.columns.begin(slot, segment.capturedAt, segment.vlanId, segment.tunnelPath)
    this.lists.add(slot, stage)
    this.#options.counters.flows.opened += 1
    return slot
  }

  /** The connection's object, made and offered at the first need; undefined when nobody wants it. */
  offer(slot: number): Connection | undefined {
    const existing = this.#connections[slot]
    if (existing !== undefined) return existing
    if (this.columns.has(slot, OFFERED)) return undefined
    while (this.#live >= this.#options.limits.maxConnections && this.#evictConnection(slot));
    return this.#open(slot)
  }

  /** Ends a connection for its handler and keeps its slot a while, to absorb late packets. */
  finish(slot: number, how: StreamEnd, at: number, reason: EndReason): void {
    if (this.lists.stageOf(slot) === 'ended') return
    this.#options.counters.flows[reason] += 1
    const offered = this.columns.has(slot, OFFERED)
    const connection = offered ? this.#connections[slot] : this.#open(slot)
    this.lists.move(slot, 'ended')
    if (connection === undefined) return
    this.#connections[slot] = undefined
    this.#live -= 1
    const { columns } = this
    connection.end(how, at, columns.sentToOf(slot, 0), columns.sentToOf(slot, 1))
  }

  /** Forgets a slot altogether, ending it first when it is open. */
  forget(slot: number, how: StreamEnd, at: number, reason: EndReason): void {
    this.finish(slot, how, at, reason)
    this.lists.remove(slot)
    this.index.remove(slot)
  }

  /** The opening changed: its handler is to see it. */
  reopen(slot: number): void {
    this.#connections[slot]?.opened(openingOf(this.columns, slot))
  }

  #open(slot: number): Connection | undefined {
    const { columns, index } = this
    columns.set(slot, OFFERED)
    const vlanId = columns.vlanId[slot] ?? -1
    const connection = new Connection(
      {
        ends: index.ends(slot),
        vlanId: vlanId < 0 ? null : vlanId,
        tunnel: tunnelText(columns.tunnelPath[slot] ?? 0),
        startedAt: columns.startedAt[slot] ?? 0,
      },
      openingOf(columns, slot),
      (columns.baseOf(slot, 0) + 1) | 0,
      (columns.baseOf(slot, 1) + 1) | 0,
      this.budget,
    )
    if (columns.hasOf(slot, SEEN, 0)) connection.seen(0)
    if (columns.hasOf(slot, SEEN, 1)) connection.seen(1)
    const handler = this.#options.open(connection)
    if (handler === undefined) return undefined
    connection.attach(handler)
    this.#connections[slot] = connection
    this.#live += 1
    return connection
  }

  /** A full table: what ended goes first, then what never opened, then what proved nothing. */
  #evict(at: number): void {
    for (const stage of ['ended', 'half-open', 'unproven', 'proven'] as const) {
      const slot = this.lists.oldest(stage)
      if (slot < 0) continue
      this.forget(slot, 'capture-end', at, evictionReason(stage))
      return
    }
  }

  /** False when there is none but the one to be spared. */
  #evictConnection(sparing: number): boolean {
    const at = this.columns.lastAt[sparing] ?? 0
    for (const stage of ['unproven', 'proven'] as const) {
      const slot = this.lists.oldest(stage)
      if (slot < 0 || slot === sparing) continue
      this.forget(slot, 'capture-end', at, evictionReason(stage))
      return true
    }
    return false
  }
}

function evictionReason(stage: Stage): EndReason {
  switch (stage) {
    case 'ended':
    case 'half-open':
      return 'evictedHalfOpen'
    case 'unproven':
      return 'evictedUnproven'
    case 'proven':
      return 'evictedProven'
  }
}

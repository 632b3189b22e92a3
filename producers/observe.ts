import { type AnyRecord } from '../lib/codec/codec.ts'
import { type FlowCounters } from '../protocols/packet/flow-counters.ts'
import { type FlowLimits } from '../protocols/packet/flow-limits.ts'
import { createFlowTable } from '../protocols/packet/flow-table.ts'
import { type Frame } from '../protocols/packet/frame.ts'
import { createFingerprintMemo } from '../protocols/tls/fingerprint-memo.ts'
import { createKnownListeners } from './known-listeners.ts'
import { createNuisanceLimit } from './nuisance-limit.ts'
import { observeConnection } from './observe-connection.ts'
import {
  createObservationCounters,
  type ObservationCounters,
  type ObserverContext,
} from './observer-context.ts'
import { OBSERVER_LIMITS, type ObserverLimits } from './observer-limits.ts'
import { type Sensor } from './records/envelope.ts'

/** What an observer makes: records of the topics `client-events` and `dead-letters`. */
export type ObservedRecord = AnyRecord

export interface ObserverOptions extends Sensor {
  readonly limits?: Partial<ObserverLimits>
  readonly flowLimits?: Partial<FlowLimits>
  /** Whose PROXY headers are believed; nobody's by default. */
  readonly trustsProxy?: (address: Uint8Array) => boolean
  /** Ports at which connections that come to nothing are told of before the listener was seen to speak. */
  readonly sshPorts?: ReadonlySet<number>
  readonly tlsPorts?: ReadonlySet<number>
  /** The records that are asked for: others that cost much are not made. All by default. */
  readonly wanted?: ReadonlySet<AnyRecord['type']> | undefined
  /** Chance for the flow table's hash. */
  readonly hashSeed?: number
}

export interface ObserverCounters {
  readonly flows: FlowCounters
  readonly observed: ObservationCounters
  readonly memo: { readonly hits: number; readonly misses: number }
}

/** Packets in, records out. Pure: time comes with the packets. */
export interface Observer {
  packet(frame: Frame): void
  /** No packet came, yet time passed. Microseconds since 1970. */
  advance(nowUs: number): void
  /** The capture is over. */
  end(atUs: number): void
  /** The records since the last call, in the order of their making. */
  take(): ObservedRecord[]
  readonly counters: ObserverCounters
  /** Connections held now. */
  readonly openFlows: number
}

const SSH_PORTS: ReadonlySet<number> = new Set([22])
const TLS_PORTS: ReadonlySet<number> = new Set([443, 465, 853, 993, 995, 8443])

export function createObserver(options: ObserverOptions): Observer {
  const limits = { ...OBSERVER_LIMITS, ...options.limits }
  const { sshPorts = SSH_PORTS, tlsPorts = TLS_PORTS } = options
  const counters = createObservationCounters()
  const memo = createFingerprintMemo(limits.memoEntries)
  const isCapped = letterCap(limits, counters)
  let records: ObservedRecord[] = []

  const context: ObserverContext = {
    sensor: options,
    limits,
    listeners: createKnownListeners(sshPorts, tlsPorts, limits.maxListeners),
    memo,
    wanted: options.wanted,
    counters,
    held: { bytes: 0 },
    trustsProxy: options.trustsProxy ?? (() => false),
    emptyConnections: createNuisanceLimit(limits.nuisances),
    emit(record) {
      if (isCapped(record)) return
      if (records.length < limits.maxRecords) records.push(record)
      else counters.recordsDropped += 1
    },
  }
  const table = createFlowTable({
    open: (flow) => observeConnection(context, flow),
    limits: options.flowLimits ?? {},
    serverPorts: new Set([...sshPorts, ...tlsPorts]),
    ...(options.hashSeed === undefined ? {} : { hashSeed: options.hashSeed }),
  })

  return {
    packet: (frame) => {
      table.packet(frame)
    },
    advance: (nowUs) => {
      table.advance(nowUs)
    },
    end: (atUs) => {
      table.end(atUs)
    },
    take() {
      const taken = records
      records = []
      return taken
    },
    get counters() {
      return {
        flows: table.counters,
        observed: counters,
        memo: { hits: memo.hits, misses: memo.misses },
      }
    },
    get openFlows() {
      return table.size
    },
  }
}

/** Whether a record is one dead letter too many of its client. */
function letterCap(
  limits: ObserverLimits,
  counters: ObservationCounters,
): (any: ObservedRecord) => boolean {
  const letters = createNuisanceLimit(limits.nuisances)
  return ({ type, record }) => {
    if (type !== 'DeadLetter' || record.clientAddress === null) return false
    if (letters.admits(record.clientAddress, record.observedAt)) return false
    counters.deadLettersCapped += 1
    return true
  }
}

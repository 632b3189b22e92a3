import { type AnyRecord } from '../lib/codec/codec.ts'
import { type FlowCounters } from '../protocols/packet/flow-counters.ts'
import { type Moment } from '../protocols/packet/flow-expiry.ts'
import { type FlowLimits } from '../protocols/packet/flow-limits.ts'
import { type FlowShare } from '../protocols/packet/flow-share.ts'
import { createFlowTable, type FlowTable } from '../protocols/packet/flow-table.ts'
import { type Frame } from '../protocols/packet/frame.ts'
import { type FrameSink } from '../protocols/packet/frame-sink.ts'
import { createFingerprintMemo, type FingerprintMemo } from '../protocols/tls/fingerprint-memo.ts'
import { createJudge } from './judge.ts'
import { type Judgement } from './judgement.ts'
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
  /** Only these connections are followed; all by default. */
  readonly share?: FlowShare | undefined
  /** Who judges what cannot be known of one connection alone; the observer itself by default. */
  readonly judgement?: Judgement | undefined
  /** Takes each record the moment it is made; by default they wait for `take`. */
  readonly emit?: ((record: ObservedRecord) => void) | undefined
  /** Chance for the flow table's hash. */
  readonly hashSeed?: number
}

export interface ObserverCounters {
  readonly flows: FlowCounters
  readonly observed: ObservationCounters
  readonly memo: { readonly hits: number; readonly misses: number }
}

/** Packets in, records out. Pure: time comes with the packets. */
export interface Observer extends FrameSink {
  packet(frame: Frame): void
  /** What several observers of one capture share, when this one judges for the others. */
  readonly judgement: Judgement
  /** Where the observer is in its work: current whenever it emits or asks to judge. */
  readonly moment: Readonly<Moment>
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
  return new PacketObserver(options)
}

class PacketObserver implements Observer {
  readonly judgement: Judgement
  readonly #memo: FingerprintMemo
  readonly #counters = createObservationCounters()
  readonly #table: FlowTable
  #records: ObservedRecord[] = []

  constructor(options: ObserverOptions) {
    const { sshPorts = SSH_PORTS, tlsPorts = TLS_PORTS, flowLimits, hashSeed, share } = options
    const limits = { ...OBSERVER_LIMITS, ...options.limits }
    this.#memo = createFingerprintMemo(limits.memoEntries)
    const shared = {
      ...{ sensor: options, limits, wanted: options.wanted, held: { bytes: 0 } },
      ...{ memo: this.#memo, counters: this.#counters },
      trustsProxy: options.trustsProxy ?? (() => false),
      emit: options.emit ?? this.#keeper(limits.maxRecords),
    }
    this.judgement = options.judgement ?? createJudge(shared, sshPorts, tlsPorts)
    const context: ObserverContext = { ...shared, judgement: this.judgement }
    this.#table = createFlowTable({
      open: (flow) => observeConnection(context, flow),
      ...{ limits: flowLimits ?? {}, share },
      serverPorts: new Set([...sshPorts, ...tlsPorts]),
      ...(hashSeed === undefined ? {} : { hashSeed }),
    })
  }

  get counters(): ObserverCounters {
    const { hits, misses } = this.#memo
    return { flows: this.#table.counters, observed: this.#counters, memo: { hits, misses } }
  }

  get openFlows(): number {
    return this.#table.size
  }

  get moment(): Readonly<Moment> {
    return this.#table.moment
  }

  packet(frame: Frame): void {
    this.#table.packet(frame)
  }

  frame(
    bytes: Uint8Array,
    from: number,
    to: number,
    linkType: number,
    capturedAt: number,
    originalLength: number,
  ): void {
    this.#table.frame(bytes, from, to, linkType, capturedAt, originalLength)
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs)
  }

  end(atUs: number): void {
    this.#table.end(atUs)
  }

  take(): ObservedRecord[] {
    const taken = this.#records
    this.#records = []
    return taken
  }

  #keeper(maxRecords: number): (record: ObservedRecord) => void {
    return (record) => {
      if (this.#records.length < maxRecords) this.#records.push(record)
      else this.#counters.recordsDropped += 1
    }
  }
}

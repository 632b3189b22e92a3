import { type AnyRecord, type Codec } from '../../lib/codec/codec.ts'
import { EventLogError, type EventLog, type LogRecord } from '../../lib/event-log.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { recordKey, topicOf } from '../../lib/record-key.ts'
import { type TopicName } from '../../schemas/topics.ts'

export interface OutboxPorts {
  readonly log: Pick<EventLog, 'append'>
  readonly codec: Codec
  readonly metrics: Metrics
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Records that may wait; what comes beyond is dropped and counted. */
const MAX_WAITING = 20_000
const MAX_BATCH = 1_000
/** Records gather this long before they are encoded and appended together. */
const GATHER_MS = 20
const RETRY_MS = 250

/**
 * Between a decision, which waits for nothing, and the log. `put` keeps the record as it is; encoding
 * and appending happen in `run`, in batches.
 */
export class DecisionOutbox {
  readonly #ports: OutboxPorts
  #waiting: AnyRecord[] = []

  constructor(ports: OutboxPorts) {
    this.#ports = ports
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** False when there was no room: the record is dropped and counted. */
  put(record: AnyRecord): boolean {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#drop(topicOf(record.type), 'outbox-full', 1)
      return false
    }
    this.#waiting.push(record)
    return true
  }

  /** Appends what is put until the signal aborts, then what is left, once. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#ports.sleep(GATHER_MS, signal)
      await this.#flush(signal)
    }
    await this.#flush(signal)
  }

  async #flush(signal: AbortSignal): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_BATCH)
      this.#waiting = this.#waiting.slice(batch.length)
      for (const [topic, records] of this.#encoded(batch)) {
        await this.#append(topic, records, signal)
      }
    }
  }

  #encoded(batch: readonly AnyRecord[]): Map<TopicName, LogRecord[]> {
    const byTopic = new Map<TopicName, LogRecord[]>()
    for (const any of batch) {
      const key = recordKey(any)
      const value = this.#ports.codec.encode(any.type, any.record, key)
      const record = { key, value, timestampMs: Math.floor(any.record.observedAt / 1000) }
      const topic = topicOf(any.type)
      const records = byTopic.get(topic)
      if (records === undefined) byTopic.set(topic, [record])
      else records.push(record)
    }
    return byTopic
  }

  async #append(topic: TopicName, records: LogRecord[], signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#ports.log.append(topic, records)
        this.#ports.metrics.count('events_total', records.length, { topic })
        return
      } catch (error) {
        if (!(error instanceof EventLogError)) throw error
        const passing = error.code === 'unavailable' || error.code === 'disk-full'
        if (!passing || signal.aborted) {
          this.#drop(topic, error.code, records.length)
          return
        }
        await this.#ports.sleep(RETRY_MS, signal)
      }
    }
  }

  #drop(topic: TopicName, reason: string, count: number): void {
    this.#ports.metrics.count('dropped_total', count, { stage: 'routing-api', topic, reason })
  }
}

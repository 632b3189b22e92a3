import { type AnyRecord, type Codec } from '../lib/codec/codec.ts'
import { EventLogError, type EventLog, type LogRecord } from '../lib/event-log.ts'
import { type Metrics } from '../lib/metrics.ts'
import { recordKey, topicOf } from '../lib/record-key.ts'
import { type TopicName } from '../schemas/topics.ts'

export interface OutboxPorts {
  readonly log: Pick<EventLog, 'append'>
  readonly codec: Codec
  readonly metrics: Metrics
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export interface OutboxLimits {
  /** Encoded bytes that may wait; what comes beyond is dropped and counted. */
  readonly maxBytes: number
  /** Records in one append. */
  readonly maxBatch: number
  /** Milliseconds between attempts while the log is unavailable; the last one repeats. */
  readonly retryMs: readonly number[]
}

const DEFAULT_LIMITS: OutboxLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxBatch: 2_000,
  retryMs: [20, 50, 100, 200, 500, 1_000],
}

/** Between the packets, which do not wait, and the log, which may be slow. */
export interface Outbox {
  /** Takes a record or drops it, never waits. True when it was taken. */
  put(record: AnyRecord): boolean
  /** Appends what was put until the signal aborts, then what is left, for at most one last round. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when nothing waits. */
  drained(): Promise<void>
}

interface Waiting {
  readonly topic: TopicName
  readonly record: LogRecord
}

/**
 * A bounded buffer: when the log is slow, records wait; when the buffer is full they are dropped with
 * a counter by topic, because packets cannot wait.
 */
export function createOutbox(ports: OutboxPorts, limits: OutboxLimits = DEFAULT_LIMITS): Outbox {
  let waiting: Waiting[] = []
  let bytes = 0
  let busy = false
  let wake: () => void = () => undefined
  const idle: (() => void)[] = []

  function settleIfIdle(): void {
    if (waiting.length > 0 || busy) return
    for (const resolve of idle.splice(0)) resolve()
  }

  return {
    put(any): boolean {
      const topic = topicOf(any.type)
      if (bytes >= limits.maxBytes) {
        ports.metrics.count('vestibule_dropped_total', 1, { reason: 'outbox-full', topic })
        return false
      }
      const key = recordKey(any)
      const value = ports.codec.encode(any.type, any.record, key)
      bytes += value.length
      waiting.push({
        topic,
        record: { key, value, timestampMs: Math.floor(any.record.observedAt / 1000) },
      })
      wake()
      return true
    },
    async run(signal): Promise<void> {
      const stop = (): void => {
        wake()
      }
      signal.addEventListener('abort', stop)
      while (!signal.aborted || waiting.length > 0) {
        if (waiting.length === 0) {
          await new Promise<void>((resolve) => (wake = resolve))
          continue
        }
        const batch = waiting.slice(0, limits.maxBatch)
        waiting = waiting.slice(batch.length)
        busy = true
        await flush(ports, limits.retryMs, batch, signal)
        busy = false
        bytes -= batch.reduce((sum, { record }) => sum + (record.value?.length ?? 0), 0)
        settleIfIdle()
      }
      signal.removeEventListener('abort', stop)
      settleIfIdle()
    },
    drained: () =>
      waiting.length === 0 && !busy
        ? Promise.resolve()
        : new Promise((resolve) => idle.push(resolve)),
  }
}

async function flush(
  ports: OutboxPorts,
  retryMs: readonly number[],
  batch: readonly Waiting[],
  signal: AbortSignal,
): Promise<void> {
  for (const [topic, records] of byTopic(batch)) {
    for (let attempt = 0; ; attempt += 1) {
      const verdict = await appendOnce(ports, topic, records)
      if (verdict !== 'again') break
      if (signal.aborted && attempt > 0) {
        const labels = { reason: 'stopped', topic }
        ports.metrics.count('vestibule_dropped_total', records.length, labels)
        break
      }
      await ports.sleep(retryMs[Math.min(attempt, retryMs.length - 1)] ?? 0, signal)
    }
  }
}

async function appendOnce(
  ports: OutboxPorts,
  topic: TopicName,
  records: readonly LogRecord[],
): Promise<'done' | 'again' | 'never'> {
  try {
    await ports.log.append(topic, records)
    ports.metrics.count('vestibule_events_total', records.length, { topic })
    return 'done'
  } catch (error) {
    if (!(error instanceof EventLogError)) throw error
    if (error.code === 'unavailable' || error.code === 'disk-full') return 'again'
    ports.metrics.count('vestibule_dropped_total', records.length, { reason: error.code, topic })
    return 'never'
  }
}

function byTopic(batch: readonly Waiting[]): Map<TopicName, LogRecord[]> {
  const grouped = new Map<TopicName, LogRecord[]>()
  for (const { topic, record } of batch) {
    const records = grouped.get(topic)
    if (records === undefined) grouped.set(topic, [record])
    else records.push(record)
  }
  return grouped
}

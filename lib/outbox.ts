import { type RecordName } from '../schemas/generated/records.ts'
import { type TopicName } from '../schemas/topics.ts'
import { type AnyRecord, type Codec } from './codec/codec.ts'
import { encodedOrLetter, type Unencodable } from './encoded.ts'
import { EventLogError, type EventLog, type LogRecord } from './event-log.ts'
import { type Metrics } from './metrics.ts'
import { topicOf } from './record-key.ts'

export interface OutboxPorts {
  readonly log: Pick<EventLog, 'append'>
  readonly codec: Codec
  readonly metrics: Metrics
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Whose drops they are, for the metric. */
  readonly stage: 'capture' | 'routing-api' | 'gate-ssh'
}

export interface OutboxLimits {
  /** Bytes that may wait; what comes beyond is dropped and counted. */
  readonly maxBytes: number
  /** Records in one append. */
  readonly maxBatch: number
  /** Records gather this long before they are sent together, milliseconds. */
  readonly gatherMs: number
  /** Milliseconds between attempts while the log is unavailable; the last one repeats. */
  readonly retryMs: readonly number[]
}

export const DEFAULT_OUTBOX_LIMITS: OutboxLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxBatch: 2_000,
  gatherMs: 0,
  retryMs: [20, 50, 100, 200, 500, 1_000],
}

/** What a record that is not made yet counts as: more than nearly all of them take. */
const UNMADE_BYTES = 4_096

/** Between those who must not wait, packets and decisions, and the log, which may be slow. */
export interface Outbox {
  /** Takes a record or drops it, never waits. True when it was taken. */
  put(record: AnyRecord): boolean
  /** As `put`, but the record is made and encoded only when it is sent. */
  putLater(type: RecordName, make: () => AnyRecord): boolean
  /** Appends what was put until the signal aborts, then what is left, for at most one last round. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when nothing waits. */
  drained(): Promise<void>
}

interface Waiting {
  readonly topic: TopicName
  readonly bytes: number
  readonly record: LogRecord | (() => LogRecord | Unencodable)
}

/**
 * A bounded buffer: when the log is slow, records wait; when the buffer is full they are dropped with
 * a counter by topic.
 */
export function createOutbox(ports: OutboxPorts, limits = DEFAULT_OUTBOX_LIMITS): Outbox {
  let waiting: Waiting[] = []
  let bytes = 0
  let busy = false
  let wake: () => void = () => undefined
  const idle: (() => void)[] = []

  function settleIfIdle(): void {
    if (waiting.length > 0 || busy) return
    for (const resolve of idle.splice(0)) resolve()
  }

  function take(one: Waiting): true {
    bytes += one.bytes
    waiting.push(one)
    wake()
    return true
  }

  const refuse = (topic: TopicName): false => countDropped(ports, topic, 'outbox-full', 1)

  return {
    put(any): boolean {
      const topic = topicOf(any.type)
      if (bytes >= limits.maxBytes) return refuse(topic)
      const record = encodedOrNot(ports, any)
      if (!('fault' in record)) return take({ topic, bytes: record.value?.length ?? 0, record })
      if (record.letter !== undefined) take(letterWaiting(record.letter))
      return false
    },
    putLater(type, make): boolean {
      const topic = topicOf(type)
      if (bytes >= limits.maxBytes) return refuse(topic)
      return take({ topic, bytes: UNMADE_BYTES, record: () => encodedOrNot(ports, make()) })
    },
    async run(signal): Promise<void> {
      const stop = (): void => {
        wake()
      }
      signal.addEventListener('abort', stop)
      while (!signal.aborted || waiting.length > 0) {
        if (waiting.length === 0) {
          await new Promise<void>((resolve) => (wake = resolve))
          if (limits.gatherMs > 0) await ports.sleep(limits.gatherMs, signal)
          continue
        }
        const batch = waiting.slice(0, limits.maxBatch)
        waiting = waiting.slice(batch.length)
        busy = true
        await flush(ports, limits.retryMs, batch, signal)
        busy = false
        for (const one of batch) bytes -= one.bytes
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

function letterWaiting(record: LogRecord): Waiting {
  return { topic: 'dead-letters', bytes: record.value?.length ?? 0, record }
}

/** Counts what cannot be encoded. */
function encodedOrNot(ports: OutboxPorts, any: AnyRecord): LogRecord | Unencodable {
  const made = encodedOrLetter(any, ports.codec)
  if ('fault' in made) countDropped(ports, topicOf(any.type), 'unencodable', 1)
  return made
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
        countDropped(ports, topic, 'stopped', records.length)
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
    countDropped(ports, topic, error.code, records.length)
    return 'never'
  }
}

function countDropped(ports: OutboxPorts, topic: TopicName, reason: string, count: number): false {
  ports.metrics.count('vestibule_dropped_total', count, { stage: ports.stage, topic, reason })
  return false
}

function byTopic(batch: readonly Waiting[]): Map<TopicName, LogRecord[]> {
  const grouped = new Map<TopicName, LogRecord[]>()
  const put = (topic: TopicName, record: LogRecord): void => {
    const records = grouped.get(topic)
    if (records === undefined) grouped.set(topic, [record])
    else records.push(record)
  }
  for (const { topic, record } of batch) {
    const made = typeof record === 'function' ? record() : record
    if (!('fault' in made)) put(topic, made)
    else if (made.letter !== undefined) put('dead-letters', made.letter)
  }
  return grouped
}

import {
  type Batch,
  type EventLog,
  type LogRecord,
  type StoredRecord,
} from '../../../lib/event-log.ts'
import { type TopicName } from '../../../schemas/topics.ts'

/** A record with a text value; null deletes. */
export function record(key: string, value: string | null, timestampMs = 1000): LogRecord {
  return { key, value: value === null ? null : Buffer.from(value), timestampMs }
}

export function textOf({ value }: LogRecord): string | null {
  return value === null ? null : Buffer.from(value).toString()
}

/** What is in the log now, in the order a follower is given it. */
export async function allOf(
  log: EventLog,
  topics: readonly TopicName[],
  from: 'start' | ReadonlyMap<string, number> = 'start',
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  for await (const batch of log.follow({ topics, from, signal: AbortSignal.timeout(20_000) })) {
    records.push(...batch.records)
    if (batch.caughtUp) return records
  }
  throw new Error('the follow ended before it caught up')
}

/** Reads a group's batches until `count` records were given; commits each batch unless told not to. */
export async function readGroup(
  batches: AsyncIterable<Batch>,
  count: number,
  commit: 'commit' | 'leave' = 'commit',
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  for await (const batch of batches) {
    records.push(...batch.records)
    if (commit === 'commit') await batch.commit()
    if (records.length >= count) break
  }
  return records
}

/** Waits until the condition holds; it is asked again and again. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${holds.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

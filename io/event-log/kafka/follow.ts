import { type FollowBatch, type FollowOptions } from '../../../lib/event-log.ts'
import { Bell } from './bell.ts'
import { type Fetched, type KafkaClient } from './kafka-client.ts'
import { storedRecords, type TopicNames } from './topic-names.ts'

const MAX_RECORDS = 1_000
const AHEAD_BATCHES = 8

/** Reads topics for one who belongs to no group, from a place on. */
export async function* follow(
  client: KafkaClient,
  names: TopicNames,
  { topics, from, signal }: FollowOptions,
): AsyncGenerator<FollowBatch, void, void> {
  if (signal.aborted) return
  const named = typeof from === 'string' ? new Map<string, number>() : from
  const start = await names.startOf(client, topics, named, from === 'end' ? 'end' : 'start')
  /** What is still to be reached before the follower has caught up, by place. */
  const missing = new Map<string, number>()
  for (const topic of topics) {
    const ends = await client.offsets(names.full(topic), 'end')
    for (const [partition, end] of ends.entries()) {
      missing.set(`${names.full(topic)}/${partition}`, end)
    }
  }
  for (const [{ topic, partition }, at] of start) settle(missing, { topic, partition, next: at })
  const queue: FollowBatch[] = []
  if (missing.size === 0) queue.push({ records: [], caughtUp: true })
  const bell = new Bell()
  let failure: { readonly cause: unknown } | undefined

  const take = async (fetched: Fetched): Promise<void> => {
    const before = missing.size
    settle(missing, fetched)
    const caughtUp = missing.size === 0
    const records = storedRecords(names, fetched)
    for (let at = 0; at < records.length; at += MAX_RECORDS) {
      const isLast = at + MAX_RECORDS >= records.length
      const some = records.slice(at, at + MAX_RECORDS)
      queue.push({ records: some, caughtUp: isLast ? caughtUp : before === 0 })
    }
    if (records.length === 0 && caughtUp && before > 0) queue.push({ records, caughtUp })
    bell.ring()
    while (queue.length > AHEAD_BATCHES && !reading.signal.aborted) await bell.rung()
  }
  const reading = new AbortController()
  const stop = (): void => {
    reading.abort()
    bell.ring()
  }
  signal.addEventListener('abort', stop)
  const done = client.read(start, reading.signal, take).catch((cause: unknown) => {
    failure = { cause }
    bell.ring()
  })
  try {
    while (!signal.aborted) {
      if (failure !== undefined) throw failure.cause
      const batch = queue.shift()
      if (batch === undefined) {
        await bell.rung()
        continue
      }
      bell.ring()
      yield batch
    }
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
    await done
  }
}

/** Takes off what is reached. */
function settle(
  missing: Map<string, number>,
  { topic, partition, next }: { topic: string; partition: number; next: number },
): void {
  const place = `${topic}/${partition}`
  if (next >= (missing.get(place) ?? 0)) missing.delete(place)
}

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
  const following = new Following(names)
  for (const topic of topics) {
    const full = names.full(topic)
    for (const [partition, end] of (await client.offsets(full, 'end')).entries()) {
      following.expect(`${full}/${partition}`, end)
    }
  }
  const reading = new AbortController()
  const stop = (): void => {
    reading.abort()
    following.end()
  }
  signal.addEventListener('abort', stop)
  // It may have come while the brokers were asked.
  if (aborted(signal)) stop()
  following.begin([...start].map(([place, next]) => ({ ...place, next })))
  const done = client
    .read(start, reading.signal, (fetched) => following.take(fetched))
    .catch((cause: unknown) => {
      following.fail(cause)
    })
  try {
    for (let batch = await following.next(); batch !== undefined; batch = await following.next()) {
      yield batch
    }
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
    await done
  }
}

/** Asked anew: nothing narrows what others change. */
function aborted(signal: AbortSignal): boolean {
  return signal.aborted
}

/** What was fetched and not given yet, and what is still to come before the follower has caught up. */
class Following {
  readonly #names: TopicNames
  /** Ends of the log when the follow began, of the places that have not reached them. */
  readonly #missing = new Map<string, number>()
  readonly #queue: FollowBatch[] = []
  readonly #bell = new Bell()
  #over = false
  #failure: { readonly cause: unknown } | undefined

  constructor(names: TopicNames) {
    this.#names = names
  }

  expect(place: string, end: number): void {
    this.#missing.set(place, end)
  }

  begin(starts: readonly Omit<Fetched, 'records'>[]): void {
    for (const start of starts) this.#settle(start)
    if (this.#missing.size === 0) this.#queue.push({ records: [], caughtUp: true })
  }

  /** Resolves when there is room for more. */
  async take(fetched: Fetched): Promise<void> {
    const wasCaughtUp = this.#missing.size === 0
    this.#settle(fetched)
    const caughtUp = this.#missing.size === 0
    const records = storedRecords(this.#names, fetched)
    for (let at = 0; at < records.length; at += MAX_RECORDS) {
      const isLast = at + MAX_RECORDS >= records.length
      const some = records.slice(at, at + MAX_RECORDS)
      this.#queue.push({ records: some, caughtUp: isLast ? caughtUp : wasCaughtUp })
    }
    if (records.length === 0 && caughtUp && !wasCaughtUp) this.#queue.push({ records, caughtUp })
    this.#bell.ring()
    while (this.#queue.length > AHEAD_BATCHES && !this.#over) await this.#bell.rung()
  }

  /** Undefined when the follow is over. */
  async next(): Promise<FollowBatch | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.cause
      if (this.#over) return undefined
      const batch = this.#queue.shift()
      this.#bell.ring()
      if (batch !== undefined) return batch
      await this.#bell.rung()
    }
  }

  fail(cause: unknown): void {
    this.#failure = { cause }
    this.#bell.ring()
  }

  end(): void {
    this.#over = true
    this.#bell.ring()
  }

  #settle({ topic, partition, next }: Omit<Fetched, 'records'>): void {
    const place = `${topic}/${partition}`
    if (next >= (this.#missing.get(place) ?? 0)) this.#missing.delete(place)
  }
}

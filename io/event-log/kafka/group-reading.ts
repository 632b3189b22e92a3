import {
  EventLogError,
  type Batch,
  type ConsumeOptions,
  type Lease,
  type StoredRecord,
} from '../../../lib/event-log.ts'
import { TOPICS, type TopicName } from '../../../schemas/topics.ts'
import { Bell } from './bell.ts'
import { release, type Fences } from './fences.ts'
import { type Fetched, type Group, type KafkaClient, type Place } from './kafka-client.ts'
import { storedRecords, type TopicNames } from './topic-names.ts'

const MAX_RECORDS = 1_000
/** Fetched ahead of the reader at most, beyond one fetch. */
const AHEAD_RECORDS = 8_000

export interface ReadingPorts {
  readonly client: KafkaClient
  readonly fences: Fences
  readonly names: TopicNames
}

/** How far a partition was given and committed under the lease of now. */
interface Progress {
  given: number
  committed: number
  /** Behind control records that came after all that was given. */
  tail: number
}

/** One member's reading of its group: what the broker pushes becomes batches that are pulled. */
export class GroupReading {
  readonly #ports: ReadingPorts
  readonly #options: ConsumeOptions
  readonly #group: Group
  #lease: Lease | undefined
  #queue: Batch[] = []
  #queued = 0
  readonly #progress = new Map<string, Progress>()
  #broadcast: AbortController | undefined
  #inHand = false
  #ended = false
  #failure: { readonly cause: unknown } | undefined
  /** Something to give, or the end. */
  readonly #news = new Bell()
  /** Room in the queue, or a reader that let go. */
  readonly #room = new Bell()

  constructor(ports: ReadingPorts, options: ConsumeOptions) {
    this.#ports = ports
    this.#options = options
    const topics = options.topics.map((topic) => ports.names.full(topic))
    const reading = { topics, whole: options.whole ?? false }
    this.#group = ports.client.join(ports.names.group(options.group), reading, {
      assigned: (generation, places) => this.#assigned(generation, places),
      revoked: () => this.#revoked(),
      take: (fetched) => this.#take(fetched, true),
    })
    this.#group.ended.catch((cause: unknown) => {
      this.#fail(cause)
    })
  }

  /** The next batch; undefined when the reading is over. Who asks has let go of the one before. */
  async next(signal: AbortSignal): Promise<Batch | undefined> {
    this.#letGo()
    const wake = (): void => {
      this.#news.ring()
    }
    signal.addEventListener('abort', wake)
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.cause
        if (signal.aborted || this.#ended) return undefined
        const batch = this.#queue.shift()
        if (batch !== undefined) {
          this.#queued -= batch.records.length
          this.#inHand = true
          this.#room.ring()
          return batch
        }
        await this.#news.rung()
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  /** Gives the partitions back, `revoked` first. */
  async end(): Promise<void> {
    this.#ended = true
    this.#letGo()
    await this.#group.leave()
  }

  async #assigned(
    generation: number,
    places: readonly Place[],
  ): Promise<(place: Place) => number | undefined> {
    if (places.length === 0) return () => undefined
    const { group, topics, broadcast = [], assigned } = this.#options
    const { names, fences } = this.#ports
    const partitions = places.map((place) => names.placeOf(place))
    const lease: Lease = { group, partitions, generation }
    this.#lease = lease
    const count = Math.max(...topics.map((topic) => TOPICS[topic].partitions))
    await fences.hold(lease, this.#group, count)
    const named = (await assigned?.(lease)) ?? new Map<string, number>()
    if (this.#lease === lease && broadcast.length > 0) this.#readBroadcast(broadcast, named)
    return (place) => {
      const { topic, partition } = names.placeOf(place)
      return named.get(`${topic}/${partition}`)
    }
  }

  #readBroadcast(topics: readonly TopicName[], named: ReadonlyMap<string, number>): void {
    const stop = new AbortController()
    this.#broadcast = stop
    const { client, names } = this.#ports
    const read = async (): Promise<void> => {
      const from = await names.startOf(client, topics, named)
      await client.read(from, stop.signal, (fetched) => this.#take(fetched, false))
    }
    read().catch((cause: unknown) => {
      if (!stop.signal.aborted) this.#fail(cause)
    })
  }

  async #revoked(): Promise<void> {
    const lease = this.#lease
    if (lease === undefined) return
    this.#broadcast?.abort()
    this.#queue = []
    this.#queued = 0
    this.#room.ring()
    while (this.#inHand) await this.#room.rung()
    await this.#options.revoked?.(lease)
    this.#lease = undefined
    this.#progress.clear()
    await release(lease)
  }

  /** Puts what was fetched into the queue and waits for room behind it. */
  async #take(fetched: Fetched, exclusive: boolean): Promise<void> {
    const lease = this.#lease
    if (lease === undefined) return
    const records = storedRecords(this.#ports.names, fetched)
    if (exclusive && records.length === 0) return this.#advance(fetched, lease)
    const size = this.#options.maxRecords ?? MAX_RECORDS
    for (let at = 0; at < records.length; at += size) {
      const some = records.slice(at, at + size)
      const isLast = at + size >= records.length
      const next = isLast ? fetched.next : (some.at(-1)?.offset ?? 0) + 1
      this.#queue.push(this.#batch(lease, fetched, some, exclusive ? next : undefined))
      this.#queued += some.length
    }
    if (exclusive) this.#progressOf(fetched).given = fetched.next
    this.#news.ring()
    while (this.#lease === lease && this.#queued > AHEAD_RECORDS) await this.#room.rung()
  }

  #batch(
    lease: Lease,
    place: Place,
    records: readonly StoredRecord[],
    next: number | undefined,
  ): Batch {
    return {
      records,
      lease,
      commit: async () => {
        if (next !== undefined) return this.#commit(lease, place, next)
        if (this.#lease !== lease) throw new EventLogError('fenced', 'the lease was given back')
      },
    }
  }

  async #commit(lease: Lease, { topic, partition }: Place, next: number): Promise<void> {
    const progress = this.#progressOf({ topic, partition })
    const offset = next === progress.given ? Math.max(next, progress.tail) : next
    await this.#group.commit(lease.generation, [{ topic, partition, offset }])
    progress.committed = offset
    if (next === progress.given) progress.given = offset
  }

  /** Control records alone: nobody is given them, and yet the group is behind them once all before them is done. */
  async #advance(place: Place & { next: number }, lease: Lease): Promise<void> {
    const progress = this.#progressOf(place)
    progress.tail = place.next
    if (progress.committed !== progress.given) return
    const { topic, partition, next } = place
    // Behind what was committed already when the partition came: then the group knows a later place.
    await this.#group.commit(lease.generation, [{ topic, partition, offset: next }])
    progress.committed = next
    progress.given = next
  }

  #progressOf({ topic, partition }: Place): Progress {
    const key = `${topic}/${partition}`
    const known = this.#progress.get(key) ?? { given: -1, committed: -1, tail: -1 }
    this.#progress.set(key, known)
    return known
  }

  #letGo(): void {
    this.#inHand = false
    this.#room.ring()
  }

  #fail(cause: unknown): void {
    this.#failure ??= { cause }
    this.#news.ring()
  }
}

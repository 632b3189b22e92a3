import { type EventLog, type StoredRecord, type TopicPartition } from '../../lib/event-log.ts'
import { TOPICS, type TopicName } from '../../schemas/topics.ts'

export type ReadableLog = Pick<EventLog, 'follow' | 'ends'>

/** `topic/partition`. */
export function placeKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}

/** The places of a topic. */
export function placesOf(topic: TopicName): readonly TopicPartition[] {
  return Array.from({ length: TOPICS[topic].partitions }, (_, partition) => ({ topic, partition }))
}

/** Reads one partition forward, as far as it is told to, beside whoever holds it. */
export class PlaceCursor {
  readonly #log: ReadableLog
  readonly #place: TopicPartition
  readonly #stop = new AbortController()
  #at: number
  #batches: AsyncIterator<{ records: readonly StoredRecord[]; caughtUp: boolean }> | undefined
  #ahead: readonly StoredRecord[] = []
  #caughtUp = false

  constructor(log: ReadableLog, place: TopicPartition, from: number) {
    this.#log = log
    this.#place = place
    this.#at = from
  }

  /** The records up to the offset, in batches. Those that are no longer there are passed over. */
  async *until(next: number): AsyncGenerator<readonly StoredRecord[], void, void> {
    while (this.#at < next) {
      const cut = this.#ahead.findIndex(({ offset }) => offset >= next)
      const some = cut < 0 ? this.#ahead : this.#ahead.slice(0, cut)
      this.#ahead = cut < 0 ? [] : this.#ahead.slice(cut)
      this.#at = Math.max(this.#at, (some.at(-1)?.offset ?? -1) + 1)
      if (some.length > 0) yield some
      if (this.#ahead.length > 0 || this.#at >= next) break
      if (!(await this.#more())) break
    }
    this.#at = Math.max(this.#at, next)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#batches?.return?.()
  }

  /** False when all that was there has been given. */
  async #more(): Promise<boolean> {
    if (this.#caughtUp) return false
    this.#batches ??= (await this.#open())[Symbol.asyncIterator]()
    const next = await this.#batches.next()
    if (next.done === true) return false
    const { partition } = this.#place
    this.#ahead = next.value.records.filter((record) => record.partition === partition)
    this.#caughtUp = next.value.caughtUp
    return true
  }

  async #open(): Promise<ReturnType<ReadableLog['follow']>> {
    const { topic, partition } = this.#place
    const ends = await this.#log.ends(topic)
    const from = new Map(ends.map((end, n) => [placeKey({ topic, partition: n }), end]))
    from.set(placeKey(this.#place), this.#at)
    // A partition that is empty now was not read from; what is still to come is not waited for.
    if (this.#at >= (ends[partition] ?? 0)) this.#caughtUp = true
    return this.#log.follow({ topics: [topic], from, signal: this.#stop.signal })
  }
}

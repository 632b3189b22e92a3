import { type StoredRecord, type TopicPartition } from '../../../lib/event-log.ts'
import { TOPIC_NAMES, TOPICS, type TopicName } from '../../../schemas/topics.ts'
import { type Fetched, type KafkaClient, type Place } from './kafka-client.ts'

/** Our topics and groups and what they are called on the broker. */
export class TopicNames {
  readonly prefix: string
  readonly #ours: ReadonlyMap<string, TopicName>

  constructor(prefix: string) {
    this.prefix = prefix
    this.#ours = new Map(TOPIC_NAMES.map((name) => [`${prefix}${name}`, name]))
  }

  full(topic: TopicName): string {
    return `${this.prefix}${topic}`
  }

  group(group: string): string {
    return `${this.prefix}${group}`
  }

  placeOf({ topic, partition }: Place): TopicPartition {
    const name = this.#ours.get(topic)
    if (name === undefined) throw new Error(`${topic} is no topic of ours`)
    return { topic: name, partition }
  }

  /** Where to begin every partition of the topics: where it is named, or at its start. */
  async startOf(
    client: KafkaClient,
    topics: readonly TopicName[],
    named: ReadonlyMap<string, number>,
    otherwise: 'start' | 'end' = 'start',
  ): Promise<Map<Place, number>> {
    const from = new Map<Place, number>()
    for (const topic of topics) {
      const places = this.placesOf(topic)
      const unnamed = places.some(({ partition }) => !named.has(`${topic}/${partition}`))
      const offsets = unnamed ? await client.offsets(this.full(topic), otherwise) : []
      for (const place of places) {
        const { partition } = place
        from.set(place, named.get(`${topic}/${partition}`) ?? offsets[partition] ?? 0)
      }
    }
    return from
  }

  placesOf(topic: TopicName): readonly Place[] {
    const name = this.full(topic)
    return Array.from({ length: TOPICS[topic].partitions }, (_, partition) => {
      return { topic: name, partition }
    })
  }
}

/** What was fetched, as records of the log. */
export function storedRecords(names: TopicNames, fetched: Fetched): readonly StoredRecord[] {
  if (fetched.records.length === 0) return []
  const { topic, partition } = names.placeOf(fetched)
  return fetched.records.map(({ key, value, timestampMs, offset, arrivedMs }) => {
    return { key, value, timestampMs, topic, partition, offset, arrivedMs }
  })
}

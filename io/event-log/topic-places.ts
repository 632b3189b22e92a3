import { EventLogError } from '../../lib/event-log.ts'
import { positionKey } from './owner-messages.ts'
import { type CatalogueTopic } from './store.ts'
import { type Start } from './subscription.ts'

export type Positions = Readonly<Record<string, number>>

/** Topics and partitions by the names clients use. All throw EventLogError `unknown-topic`. */
export class TopicPlaces {
  readonly #byName: ReadonlyMap<string, CatalogueTopic>
  readonly #byId: ReadonlyMap<number, CatalogueTopic>

  constructor(catalogue: readonly CatalogueTopic[]) {
    this.#byName = new Map(catalogue.map((topic) => [topic.name, topic]))
    this.#byId = new Map(catalogue.map((topic) => [topic.id, topic]))
  }

  named(name: string): CatalogueTopic {
    const topic = this.#byName.get(name)
    if (topic === undefined) throw new EventLogError('unknown-topic', `no topic is named ${name}`)
    return topic
  }

  numbered(id: number | undefined): CatalogueTopic {
    const topic = this.#byId.get(id ?? -1)
    if (topic === undefined) throw new EventLogError('unknown-topic', 'no topic has this number')
    return topic
  }

  /** Every partition of the topics, from its position or from 0. */
  starts(names: readonly string[], positions: Positions): Start[] {
    return names.flatMap((name) => {
      const topic = this.named(name)
      return partitionsOf(topic).map((partition) => {
        return { topic: topic.id, partition, offset: positions[positionKey(name, partition)] ?? 0 }
      })
    })
  }

  /** The places that positions name. */
  places(positions: Positions): Start[] {
    return Object.entries(positions).map(([key, offset]) => {
      const cut = key.lastIndexOf('/')
      const topic = this.named(key.slice(0, cut))
      const partition = partitionsOf(topic).find((known) => String(known) === key.slice(cut + 1))
      if (partition === undefined) {
        throw new EventLogError('unknown-topic', `no partition is named ${key}`)
      }
      return { topic: topic.id, partition, offset }
    })
  }

  positions(starts: readonly Start[]): Positions {
    return Object.fromEntries(
      starts.map(({ topic, partition, offset }) => {
        return [positionKey(this.numbered(topic).name, partition), offset]
      }),
    )
  }
}

export function partitionsOf(topic: CatalogueTopic): readonly number[] {
  return Array.from({ length: topic.partitions }, (_, partition) => partition)
}

import { Admin, Consumer, offsetFetchV8, Producer } from '@platformatic/kafka'
import { retriesWithin, type KafkaConnection } from '../connection.ts'
import { GroupMember, type GroupReadingPlan } from '../group-member.ts'
import {
  type FencedSender,
  type Group,
  type KafkaClient,
  type Member,
  type Parcel,
  type Place,
  type Take,
  type TopicPlan,
} from '../kafka-client.ts'
import { readPlaces } from '../reader.ts'
import { untilServed } from '../until-served.ts'
import { Coordinator } from './coordinator.ts'
import { rethrown, says } from './faults.ts'
import { fetchWire } from './fetch-wire.ts'
import { fencedProducer } from './fenced-producer.ts'
import { groupWire } from './group-wire.ts'
import { messagesOf } from './messages.ts'
import { baseOptions } from './options.ts'

const TOPIC_RESOURCE = 2
const TIMESTAMPS = { start: -2n, end: -1n } as const
/** Ends are those of all that is durable: what is about to become visible counts as well. */
const READ_UNCOMMITTED = 0
const NEVER = -1n

/** Kafka through @platformatic/kafka: its producer, its requests and its parsers; groups by our own hand. */
export class PlatformaticClient implements KafkaClient {
  readonly #connection: KafkaConnection
  readonly #retries: number
  readonly #admin: Admin
  readonly #producer: Producer
  readonly #asking: Consumer
  readonly #coordinators = new Map<string, Coordinator>()

  constructor(connection: KafkaConnection) {
    this.#connection = connection
    this.#retries = retriesWithin(connection.unavailableAfterMs)
    const base = baseOptions(connection)
    this.#admin = new Admin(base)
    this.#producer = new Producer({
      ...base,
      idempotent: true,
      compression: connection.compression,
      repeatOnStaleMetadata: true,
    })
    this.#asking = new Consumer({ ...base, groupId: 'none', isolationLevel: READ_UNCOMMITTED })
  }

  async describe(
    topics: readonly string[],
    settings: readonly string[],
  ): Promise<readonly TopicPlan[]> {
    const existing = await this.#admin.listTopics().catch(rethrown)
    const names = topics.filter((topic) => existing.includes(topic))
    if (names.length === 0) return []
    const described = await this.#admin
      .describeConfigs({
        resources: names.map((resourceName) => ({
          resourceType: TOPIC_RESOURCE,
          resourceName,
          configurationKeys: [...settings],
        })),
      })
      .catch(rethrown)
    const partitions = await this.#partitions(names)
    return described.map(({ resourceName, configs }) => ({
      topic: resourceName,
      partitions: partitions.get(resourceName) ?? 0,
      settings: new Map(configs.map(({ name, value }) => [name, value ?? ''])),
    }))
  }

  async create(plans: readonly TopicPlan[]): Promise<void> {
    const made = plans.map(async ({ topic, partitions, settings }) => {
      const configs = [...settings].map(([name, value]) => ({ name, value }))
      try {
        await this.#admin.createTopics({ topics: [topic], partitions, configs })
      } catch (error) {
        if (!says(error, 'TOPIC_ALREADY_EXISTS')) rethrown(error)
      }
    })
    await Promise.all(made)
  }

  async offsets(topic: string, which: 'start' | 'end'): Promise<readonly number[]> {
    const timestamp = TIMESTAMPS[which]
    const offsets = await this.#asking.listOffsets({ topics: [topic], timestamp }).catch(rethrown)
    return (offsets.get(topic) ?? []).map(Number)
  }

  async committed(
    group: string,
    topic: string,
    partitions: number,
  ): Promise<readonly (number | undefined)[]> {
    const indexes = Array.from({ length: partitions }, (_, n) => n)
    const topics = [{ name: topic, partitionIndexes: indexes }]
    const coordinator = this.#coordinatorOf(group)
    const asked = [{ groupId: group, memberEpoch: -1, topics }]
    const answer = await untilServed(
      () => coordinator.ask((to) => offsetFetchV8.api.async(to, asked, true)),
      this.#retries,
    )
    const found = answer.groups[0]?.topics[0]?.partitions ?? []
    return indexes.map((n) => {
      const offset = found.find(({ partitionIndex }) => partitionIndex === n)?.committedOffset
      return offset === undefined || offset === NEVER ? undefined : Number(offset)
    })
  }

  async send(parcels: readonly Parcel[]): Promise<void> {
    await this.#producer.send({ messages: messagesOf(parcels) }).catch(rethrown)
  }

  takeOver(id: string): Promise<FencedSender> {
    return fencedProducer(this.#connection, id)
  }

  join(group: string, reading: GroupReadingPlan, member: Member): Group {
    const partitions = (names: readonly string[]): Promise<ReadonlyMap<string, number>> =>
      this.#partitions(names)
    const wire = groupWire(this.#connection, group)
    const retries = this.#retries
    return new GroupMember({ client: this, wire, retries, partitions }, group, reading, member)
  }

  read(from: ReadonlyMap<Place, number>, signal: AbortSignal, take: Take): Promise<void> {
    return readPlaces(fetchWire(this.#connection), from, signal, take)
  }

  async close(): Promise<void> {
    for (const coordinator of this.#coordinators.values()) coordinator.close()
    const clients = [this.#admin, this.#producer, this.#asking]
    await Promise.allSettled(clients.map((client) => client.close()))
  }

  /** Asking for committed offsets has a connection of its own by group. */
  #coordinatorOf(group: string): Coordinator {
    const known = this.#coordinators.get(group)
    if (known !== undefined) return known
    const made = new Coordinator(this.#connection, 'group', group)
    this.#coordinators.set(group, made)
    return made
  }

  async #partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const metadata = await this.#admin
      .metadata({ topics: [...topics], forceUpdate: true })
      .catch(rethrown)
    return new Map(
      [...metadata.topics].map(([name, { partitionsCount }]) => [name, partitionsCount]),
    )
  }
}

import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs'
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { retriesWithin, TRANSACTION_MS, type KafkaConnection } from '../connection.ts'
import { GroupMember, type GroupReadingPlan } from '../group-member.ts'
import {
  KafkaFault,
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
import { MOST_BATCH_BYTES } from '../record-batches.ts'
import { kafkaOf } from './cluster.ts'
import { faultOf, rethrown } from './faults.ts'
import { fetchWire } from './fetch-wire.ts'
import { groupWire } from './group-wire.ts'
import { asSaid, topicMessages } from './messages.ts'

// Of a CommonJS module Node finds some names only.
const { CompressionCodecs, CompressionTypes, ConfigResourceTypes } = kafkajs

const COMPRESSION = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  zstd: CompressionTypes.ZSTD,
} as const
const LIMIT = { maxOutputLength: MOST_BATCH_BYTES }

CompressionCodecs[CompressionTypes.GZIP] = () =>
  codec(gzipSync, (bytes) => gunzipSync(bytes, LIMIT))
CompressionCodecs[CompressionTypes.ZSTD] = () =>
  codec(zstdCompressSync, (bytes) => zstdDecompressSync(bytes, LIMIT))

/** Bounded, as the other client's; but this library's parser then knows of no way past the batch. */
function codec(pack: (bytes: Buffer) => Buffer, unpack: (bytes: Buffer) => Buffer): object {
  return {
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(pack(buffer)),
    decompress: (bytes: Buffer) => {
      try {
        return Promise.resolve(unpack(bytes))
      } catch (error) {
        const what = 'a batch of records is damaged, or larger than 4 MiB once decompressed'
        return Promise.reject(new KafkaFault('refused', what, error))
      }
    },
  }
}

/** Kafka through kafkajs: its producer, its requests and its parsers; groups by the hand that the other client has, too. */
export class KafkajsClient implements KafkaClient {
  readonly #connection: KafkaConnection
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #producer: Producer
  #connected: Promise<void> | undefined

  constructor(connection: KafkaConnection) {
    this.#connection = connection
    this.#kafka = kafkaOf(connection)
    this.#admin = this.#kafka.admin()
    this.#producer = this.#kafka.producer({
      ...{ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false },
      createPartitioner: asSaid,
    })
  }

  async describe(
    topics: readonly string[],
    settings: readonly string[],
  ): Promise<readonly TopicPlan[]> {
    const existing = new Set(await this.#ask((admin) => admin.listTopics()))
    const names = topics.filter((topic) => existing.has(topic))
    if (names.length === 0) return []
    const { resources } = await this.#ask((admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: names.map((name) => {
          return { type: ConfigResourceTypes.TOPIC, name, configNames: [...settings] }
        }),
      }),
    )
    const partitions = await this.#partitions(names)
    return resources.map(({ resourceName, configEntries }) => ({
      topic: resourceName,
      partitions: partitions.get(resourceName) ?? 0,
      settings: new Map(
        configEntries.map(({ configName, configValue }) => [configName, configValue]),
      ),
    }))
  }

  async create(plans: readonly TopicPlan[]): Promise<void> {
    const made = plans.map(({ topic, partitions, settings }) => {
      const configEntries = [...settings].map(([name, value]) => ({ name, value }))
      const topics = [{ topic, numPartitions: partitions, replicationFactor: -1, configEntries }]
      return this.#ask((admin) => admin.createTopics({ topics, waitForLeaders: false }))
    })
    await Promise.all(made)
  }

  async offsets(topic: string, which: 'start' | 'end'): Promise<readonly number[]> {
    const found = await this.#ask((admin) => admin.fetchTopicOffsets(topic))
    const offsets: number[] = []
    for (const { partition, low, high } of found) {
      offsets[partition] = Number(which === 'start' ? low : high)
    }
    return offsets
  }

  async committed(
    groupId: string,
    topic: string,
    partitions: number,
  ): Promise<readonly (number | undefined)[]> {
    // The one request that the library does not try again by itself.
    const ask = (): ReturnType<Admin['fetchOffsets']> =>
      this.#ask((admin) => admin.fetchOffsets({ groupId, topics: [topic] }))
    const [found] = await untilServed(ask, retriesWithin(this.#connection.unavailableAfterMs))
    return Array.from({ length: partitions }, (_, n) => {
      const offset = Number(
        found?.partitions.find(({ partition }) => partition === n)?.offset ?? -1,
      )
      return offset < 0 ? undefined : offset
    })
  }

  async send(parcels: readonly Parcel[]): Promise<void> {
    await this.#ask(() => this.#producer.sendBatch(this.#batch(parcels)))
  }

  async takeOver(transactionalId: string): Promise<FencedSender> {
    const producer = this.#kafka.producer({
      ...{ transactionalId, transactionTimeout: TRANSACTION_MS, maxInFlightRequests: 1 },
      ...{ allowAutoTopicCreation: false, createPartitioner: asSaid },
    })
    const close = (): Promise<void> => producer.disconnect().catch(() => undefined)
    const begin = (): ReturnType<Producer['transaction']> => producer.transaction()
    // The first transaction takes the id over; it holds nothing, and the broker is told nothing of its end.
    const first = (): ReturnType<typeof begin> => producer.connect().then(begin).catch(rethrown)
    // A broker that has only just come back names no coordinator yet: the library does not ask it again.
    const tries = retriesWithin(this.#connection.unavailableAfterMs)
    let open: Awaited<ReturnType<typeof begin>> | undefined = await untilServed(first, tries).catch(
      async (error: unknown) => {
        await close()
        throw error
      },
    )
    return {
      send: async (some) => {
        try {
          const transaction = open ?? (await begin())
          open = undefined
          await transaction.sendBatch(this.#batch(some))
          await transaction.commit()
        } catch (error) {
          rethrown(error)
        }
      },
      close,
    }
  }

  join(group: string, reading: GroupReadingPlan, member: Member): Group {
    const partitions = (names: readonly string[]): Promise<ReadonlyMap<string, number>> =>
      this.#partitions(names)
    const wire = groupWire(this.#connection, group)
    const retries = retriesWithin(this.#connection.unavailableAfterMs)
    return new GroupMember({ client: this, wire, retries, partitions }, group, reading, member)
  }

  read(from: ReadonlyMap<Place, number>, signal: AbortSignal, take: Take): Promise<void> {
    const wire = fetchWire(this.#connection, (topic, which) => this.offsets(topic, which))
    return readPlaces(wire, from, signal, take)
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#admin.disconnect(), this.#producer.disconnect()])
  }

  #batch(parcels: readonly Parcel[]): Parameters<Producer['sendBatch']>[0] {
    const compression = COMPRESSION[this.#connection.compression]
    return { acks: -1, compression, topicMessages: topicMessages(parcels) }
  }

  async #ask<T>(request: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      await (this.#connected ??= this.#connect())
      return await request(this.#admin)
    } catch (error) {
      throw faultOf(error)
    }
  }

  async #connect(): Promise<void> {
    try {
      await Promise.all([this.#admin.connect(), this.#producer.connect()])
    } catch (error) {
      // Who asks next tries again.
      this.#connected = undefined
      throw error
    }
  }

  async #partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = await this.#ask((admin) => admin.fetchTopicMetadata({ topics: [...topics] }))
    return new Map(found.topics.map(({ name, partitions }) => [name, partitions.length]))
  }
}

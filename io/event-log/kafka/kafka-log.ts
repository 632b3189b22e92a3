import { setTimeout as sleep } from 'node:timers/promises'
import {
  EventLogError,
  type Batch,
  type ConsumeOptions,
  type EventLog,
  type EventLogErrorCode,
  type FollowBatch,
  type FollowOptions,
  type Lease,
  type LogRecord,
} from '../../../lib/event-log.ts'
import { TOPICS, type TopicName } from '../../../schemas/topics.ts'
import { Fences, putFenced } from './fences.ts'
import { follow } from './follow.ts'
import { GroupReading } from './group-reading.ts'
import { KafkaFault, type KafkaClient, type KafkaFaultCode } from './kafka-client.ts'
import { ensureTopics, topicPlans } from './kafka-topics.ts'
import { parcelsOf } from './parcels.ts'
import { SendQueue } from './send-queue.ts'
import { TopicNames } from './topic-names.ts'

/** Makes the topics where they are missing. Rejects with a sentence for people. */
export async function openKafkaLog(client: KafkaClient, prefix: string): Promise<EventLog> {
  try {
    const fault = await ensureTopics(client, topicPlans(prefix))
    if (fault !== undefined) throw new EventLogError('unknown-topic', fault)
  } catch (error) {
    await client.close()
    throw asLogError(error)
  }
  return new KafkaLog(client, prefix)
}

const LEAVING_MS = 2_000

/** The event log on Kafka, whichever library speaks to it. */
class KafkaLog implements EventLog {
  readonly globalOrder = false
  readonly #client: KafkaClient
  readonly #names: TopicNames
  readonly #fences: Fences
  readonly #queue: SendQueue
  readonly #closing = new AbortController()
  /** Ends of readings that go on. */
  readonly #readers = new Set<Promise<void>>()

  constructor(client: KafkaClient, prefix: string) {
    this.#client = client
    this.#names = new TopicNames(prefix)
    this.#fences = new Fences(client, prefix)
    this.#queue = new SendQueue((parcels) => client.send(parcels))
  }

  async append(topic: TopicName, records: readonly LogRecord[], fence?: Lease): Promise<void> {
    this.#mustBeOpen()
    const parcels = parcelsOf(this.#names.prefix, topic, records)
    const stored = fence === undefined ? this.#queue.put(parcels) : putFenced(fence, parcels)
    await stored.catch(rethrown)
  }

  async *consume(options: ConsumeOptions): AsyncGenerator<Batch, void, void> {
    this.#mustBeOpen()
    const signal = AbortSignal.any([options.signal, this.#closing.signal])
    if (signal.aborted) return
    const over = this.#reading()
    const ports = { client: this.#client, fences: this.#fences, names: this.#names }
    const reading = new GroupReading(ports, options)
    try {
      for (;;) {
        const batch = await reading.next(signal).catch(rethrown)
        if (batch === undefined) return
        yield leased(batch)
      }
    } finally {
      await reading.end().catch(rethrown).finally(over)
    }
  }

  async *follow({ signal, ...options }: FollowOptions): AsyncGenerator<FollowBatch, void, void> {
    this.#mustBeOpen()
    const over = this.#reading()
    const ended = AbortSignal.any([signal, this.#closing.signal])
    try {
      yield* follow(this.#client, this.#names, { ...options, signal: ended })
    } catch (error) {
      throw asLogError(error)
    } finally {
      over()
    }
  }

  async ends(topic: TopicName): Promise<readonly number[]> {
    this.#mustBeOpen()
    return this.#client.offsets(this.#names.full(topic), 'end').catch(rethrown)
  }

  async committed(group: string, topic: TopicName): Promise<readonly (number | undefined)[]> {
    this.#mustBeOpen()
    const { partitions } = TOPICS[topic]
    return this.#client
      .committed(this.#names.group(group), this.#names.full(topic), partitions)
      .catch(rethrown)
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    // Who waits for records ends now and leaves its group; who holds a batch and never asks again does not.
    await Promise.race([Promise.all(this.#readers), sleep(LEAVING_MS, undefined, { ref: false })])
    await this.#client.close()
  }

  #mustBeOpen(): void {
    if (this.#closing.signal.aborted) throw new EventLogError('closed', 'the event log was closed')
  }

  #reading(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const ended = promise.then(() => undefined)
    this.#readers.add(ended)
    return () => {
      resolve(undefined)
      this.#readers.delete(ended)
    }
  }
}

/** A batch whose commit fails as the log's do. */
function leased(batch: Batch): Batch {
  return { ...batch, commit: () => batch.commit().catch(rethrown) }
}

const CODES: Readonly<Record<KafkaFaultCode, EventLogErrorCode>> = {
  fenced: 'fenced',
  'unknown-member': 'fenced',
  'too-large': 'too-large',
  unavailable: 'unavailable',
  refused: 'unavailable',
  'unknown-topic': 'unknown-topic',
  'out-of-range': 'unavailable',
}

function asLogError(error: unknown): unknown {
  if (!(error instanceof KafkaFault)) return error
  return new EventLogError(CODES[error.code], error.message, error)
}

function rethrown(error: unknown): never {
  throw asLogError(error)
}

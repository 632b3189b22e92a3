import kafkajs, { type Cluster, type Kafka, type KafkaConfig } from 'kafkajs'
import { REQUEST_MS, retriesWithin, type KafkaConnection } from '../connection.ts'

/** The library for a connection. Its words are told by faults, not by its own log. */
export function kafkaOf(connection: KafkaConnection, retries?: number): Kafka {
  const { brokers, clientId, sasl, tls, unavailableAfterMs } = connection
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    requestTimeout: REQUEST_MS,
    retry: {
      initialRetryTime: 10,
      maxRetryTime: 200,
      retries: retries ?? retriesWithin(unavailableAfterMs),
    },
    logLevel: kafkajs.logLevel.NOTHING,
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  })
}

function saslOf({
  mechanism,
  username,
  password,
}: NonNullable<KafkaConnection['sasl']>): NonNullable<KafkaConfig['sasl']> {
  const login = { username, password }
  switch (mechanism) {
    case 'plain':
      return { mechanism: 'plain', ...login }
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', ...login }
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', ...login }
  }
}

/**
 * The library's own way to the brokers. It gives it to nobody but the assigners of a consumer, so a consumer
 * is made that never runs: its own reading always belongs to a group and rejoins behind the reader's back.
 */
export function clusterOf(connection: KafkaConnection): Cluster {
  let found: Cluster | undefined
  kafkaOf(connection, 0).consumer({
    groupId: 'none',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster
        return {
          name: 'none',
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  if (found === undefined) throw new Error('kafkajs gave its assigner no cluster')
  return found
}

/** A message as kafkajs reads it, with what it knows of its batch. */
export interface RawMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: string
  readonly offset: string
  readonly headers: Readonly<Record<string, Buffer | undefined>>
  readonly isControlRecord: boolean
  readonly batchContext: {
    readonly producerId: string
    readonly inTransaction: boolean
    readonly firstOffset: string
    readonly lastOffsetDelta: number
    readonly maxTimestamp: string
    readonly timestampType: number
  }
}

export interface RawPartition {
  readonly partition: number
  readonly abortedTransactions: readonly { producerId: string; firstOffset: string }[] | null
  readonly messages: readonly RawMessage[]
}

/** Requests of kafkajs's broker that its types leave out, or give back as anything. */
export interface RawBroker {
  fetch(request: object): Promise<{
    readonly responses: readonly { topicName: string; partitions: readonly RawPartition[] }[]
  }>
  joinGroup(request: object): Promise<{
    readonly generationId: number
    readonly leaderId: string
    readonly memberId: string
    readonly members: readonly { memberId: string; memberMetadata: Buffer }[]
  }>
  syncGroup(request: object): Promise<{ readonly memberAssignment: Buffer }>
  heartbeat(request: object): Promise<unknown>
  offsetCommit(request: object): Promise<unknown>
  leaveGroup(request: object): Promise<unknown>
}

export function rawBroker(broker: object): RawBroker {
  if (!isRaw(broker)) throw new Error('this kafkajs is not the one the adapter was written for')
  return broker
}

function isRaw(broker: object): broker is RawBroker {
  return ['fetch', 'joinGroup', 'syncGroup', 'heartbeat', 'offsetCommit', 'leaveGroup'].every(
    (name) => name in broker,
  )
}

import { FETCH_BYTES, FETCH_WAIT_MS, PARTITION_BYTES, type KafkaConnection } from '../connection.ts'
import { type Fetched, type FetchedRecord } from '../kafka-client.ts'
import { type FetchWire } from '../wires.ts'
import { clusterOf, rawBroker, type RawMessage, type RawPartition } from './cluster.ts'
import { rethrown } from './faults.ts'
import { createdAt } from './messages.ts'

const READ_COMMITTED = 1
const APPEND_TIME = 1
const ABORT_MARKER = 0

/** Fetching over connections of its own. */
export function fetchWire(connection: KafkaConnection, offsets: FetchWire['offsets']): FetchWire {
  const cluster = clusterOf(connection)
  return {
    async leaders(topics) {
      try {
        if (!cluster.isConnected()) await cluster.connect()
        await cluster.addMultipleTargetTopics([...topics])
        await cluster.refreshMetadata()
        return ({ topic, partition }) => {
          const found = cluster.findTopicPartitionMetadata(topic)
          return found.find(({ partitionId }) => partitionId === partition)?.leader ?? -1
        }
      } catch (error) {
        return rethrown(error)
      }
    },
    async fetch(node, wanted) {
      const topics = [...Map.groupBy(wanted, ({ place }) => place.topic)]
      try {
        const broker = rawBroker(await cluster.findBroker({ nodeId: `${node}` }))
        const { responses } = await broker.fetch({
          ...{ isolationLevel: READ_COMMITTED, maxWaitTime: FETCH_WAIT_MS, maxBytes: FETCH_BYTES },
          topics: topics.map(([topic, some]) => ({
            topic,
            partitions: some.map(({ place: { partition }, at }) => {
              return { partition, fetchOffset: `${at}`, maxBytes: PARTITION_BYTES }
            }),
          })),
        })
        return responses.flatMap(({ topicName: topic, partitions }) =>
          partitions.flatMap((answer): readonly Fetched[] => {
            const { partition } = answer
            const is = ({ place }: (typeof wanted)[number]): boolean =>
              place.topic === topic && place.partition === partition
            const seen = committed(answer, wanted.find(is)?.at ?? 0)
            return seen === undefined ? [] : [{ topic, partition, ...seen }]
          }),
        )
      } catch (error) {
        return rethrown(error)
      }
    },
    offsets,
    close() {
      cluster.disconnect().catch(() => undefined)
    },
  }
}

/** No control records, none of transactions that were undone; undefined when nothing came. */
function committed(
  { abortedTransactions, messages }: RawPartition,
  at: number,
): Pick<Fetched, 'records' | 'next'> | undefined {
  const undone = [...(abortedTransactions ?? [])]
  undone.sort((a, b) => Number(a.firstOffset) - Number(b.firstOffset))
  const undoing = new Set<string>()
  const records: FetchedRecord[] = []
  for (const message of messages) {
    const { producerId, inTransaction } = message.batchContext
    const offset = Number(message.offset)
    while (undone[0] !== undefined && Number(undone[0].firstOffset) <= offset) {
      undoing.add(undone.shift()?.producerId ?? '')
    }
    if (message.isControlRecord) {
      if (message.key?.readInt16BE(2) === ABORT_MARKER) undoing.delete(producerId)
      continue
    }
    if (offset < at || (inTransaction && undoing.has(producerId))) continue
    records.push(recordOf(message, offset))
  }
  const last = messages.at(-1)?.batchContext
  if (last === undefined) return undefined
  return { records, next: Math.max(at, Number(last.firstOffset) + last.lastOffsetDelta + 1) }
}

function recordOf(message: RawMessage, offset: number): FetchedRecord {
  const { key, value, timestamp, headers, batchContext } = message
  const arrived = batchContext.timestampType === APPEND_TIME
  return {
    key: key?.toString() ?? '',
    value,
    timestampMs: createdAt(headers) ?? Number(timestamp),
    offset,
    arrivedMs: arrived ? Number(batchContext.maxTimestamp) : undefined,
  }
}

import {
  Consumer,
  crc32c,
  createAPI,
  fetchV17,
  ResponseError,
  type ClusterMetadata,
  type Reader,
} from '@platformatic/kafka'
import { FETCH_BYTES, FETCH_WAIT_MS, PARTITION_BYTES, type KafkaConnection } from '../connection.ts'
import { KafkaFault, type Fetched, type Place } from '../kafka-client.ts'
import { committedRecords, type Undone } from '../record-batches.ts'
import { type FetchWire, type Wanted } from '../wires.ts'
import { rethrown } from './faults.ts'
import { baseOptions } from './options.ts'

const READ_COMMITTED = 1
const TIMESTAMPS = { start: -2n, end: -1n } as const
/** No session: every request names all that is wanted (KIP-227). */
const NO_SESSION = [0, -1] as const

interface PartitionAnswer {
  readonly place: string
  readonly undone: readonly Undone[]
  readonly records: Buffer
}

const fetchApi = createAPI(1, 17, fetchV17.createRequest, answersOf)

/** Fetching over a connection of its own, for a fetch waits on the broker and holds up what comes behind. */
export function fetchWire(connection: KafkaConnection): FetchWire {
  const consumer = new Consumer({ ...baseOptions(connection), retries: 0, groupId: 'none' })
  let metadata: ClusterMetadata | undefined

  async function answers(
    node: number,
    wanted: readonly Wanted[],
  ): Promise<readonly PartitionAnswer[]> {
    const broker = metadata?.brokers.get(node)
    if (broker === undefined) throw new KafkaFault('unavailable', `no broker ${node}`)
    const to = await consumer.connections.get(broker)
    return fetchApi.async(
      ...([to, FETCH_WAIT_MS, 1, FETCH_BYTES, READ_COMMITTED, ...NO_SESSION] as const),
      [...Map.groupBy(wanted, ({ place }) => idOf(place))].map(([topicId, some]) => ({
        topicId,
        partitions: some.map(partitionOf),
      })),
      [],
      '',
    )
  }

  function idOf({ topic }: Place): string {
    return metadata?.topics.get(topic)?.id ?? ''
  }

  return {
    async leaders(topics) {
      const asked = { topics: [...topics], forceUpdate: true }
      const found = await consumer.metadata(asked).catch(rethrown)
      metadata = found
      return ({ topic, partition }) => found.topics.get(topic)?.partitions[partition]?.leader ?? -1
    },
    async fetch(node, wanted): Promise<readonly Fetched[]> {
      const byPlace = new Map(
        wanted.map((one) => [`${idOf(one.place)}/${one.place.partition}`, one]),
      )
      const came = await answers(node, wanted).catch(rethrown)
      return came.flatMap(({ place: key, undone, records }) => {
        const one = byPlace.get(key)
        if (one === undefined) return []
        const { place, at } = one
        const seen = committedRecords(records, undone, at, crc32c)
        return seen.next === at ? [] : [{ ...place, ...seen }]
      })
    },
    async offsets(topic, which) {
      const asked = { topics: [topic], timestamp: TIMESTAMPS[which] }
      const offsets = await consumer.listOffsets(asked).catch(rethrown)
      return (offsets.get(topic) ?? []).map(Number)
    },
    close() {
      consumer.close(true).catch(() => undefined)
    },
  }
}

function partitionOf({ place, at }: Wanted): {
  partition: number
  currentLeaderEpoch: number
  fetchOffset: bigint
  lastFetchedEpoch: number
  partitionMaxBytes: number
} {
  return {
    partition: place.partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(at),
    lastFetchedEpoch: -1,
    partitionMaxBytes: PARTITION_BYTES,
  }
}

/** Kafka protocol, Fetch response version 17; the library's parser would read the records, too, in its own way. */
function answersOf(
  _correlation: number,
  apiKey: number,
  apiVersion: number,
  reader: Reader,
): readonly PartitionAnswer[] {
  const errors: [string, [number, null]][] = []
  const note = (at: string, code: number): void => {
    if (code !== 0) errors.push([at, [code, null]])
  }
  reader.readInt32()
  note('', reader.readInt16())
  reader.readInt32()
  const topics = reader.readArray((r) => {
    const id = r.readUUID()
    return r.readArray((p) => partitionAnswer(p, id, note), true, false)
  })
  if (errors.length > 0) {
    throw new ResponseError(apiKey, apiVersion, Object.fromEntries(errors), undefined)
  }
  return topics.flat()
}

function partitionAnswer(
  reader: Reader,
  topicId: string,
  note: (at: string, code: number) => void,
): PartitionAnswer {
  const place = `${topicId}/${reader.readInt32()}`
  note(place, reader.readInt16())
  // High watermark, last stable offset, start of the log.
  reader.skip(24)
  const undone = reader.readNullableArray((r) => {
    return { producerId: Number(r.readInt64()), firstOffset: Number(r.readInt64()) }
  })
  // Which replica to read from.
  reader.skip(4)
  const size = Math.max(0, reader.readUnsignedVarInt() - 1)
  const records = reader.buffer.slice(reader.position, reader.position + size)
  reader.skip(size)
  reader.readTaggedFields()
  return { place, undone: undone ?? [], records }
}

import { Consumer, type ClusterMetadata } from '@platformatic/kafka'
import { setTimeout as sleep } from 'node:timers/promises'
import { orAborted } from '../../../../lib/or-aborted.ts'
import { FETCH_BYTES, FETCH_WAIT_MS, PARTITION_BYTES, type KafkaConnection } from '../connection.ts'
import { isFault, type Place, type Take } from '../kafka-client.ts'
import { faultOf, says } from './faults.ts'
import { committedRecords, type FetchResponse } from './committed-records.ts'
import { baseOptions } from './options.ts'

const READ_COMMITTED = 1
const START = -2n
const AGAIN_MS = 100

interface Reading {
  readonly place: Place
  at: number
}

/** Reads partitions from offsets on until the signal aborts, through brokers that go and leaders that move. */
export async function readPlaces(
  connection: KafkaConnection,
  from: ReadonlyMap<Place, number>,
  signal: AbortSignal,
  take: Take,
): Promise<void> {
  const consumer = new Consumer({
    ...baseOptions(connection),
    retries: 0,
    groupId: 'none',
    minBytes: 1,
    maxBytes: FETCH_BYTES,
    maxWaitTime: FETCH_WAIT_MS,
    isolationLevel: READ_COMMITTED,
  })
  const readings = [...from].map(([place, at]): Reading => ({ place, at }))
  const topics = [...new Set(readings.map(({ place }) => place.topic))]
  for (const topic of topics) consumer.topics.track(topic)
  try {
    for (;;) {
      const failure = await readOnce(consumer, topics, readings, signal, take).catch(
        (error: unknown) => ({ cause: error }),
      )
      if (failure === undefined || isOver(signal)) return
      await recover(consumer, topics, readings, failure.cause)
      await sleep(AGAIN_MS)
    }
  } finally {
    consumer.close(true).catch(() => undefined)
  }
}

function isOver({ aborted }: AbortSignal): boolean {
  return aborted
}

/** One loop per leader, until one of them fails: then the leaders are looked up again. */
async function readOnce(
  consumer: Consumer,
  topics: string[],
  readings: readonly Reading[],
  signal: AbortSignal,
  take: Take,
): Promise<undefined> {
  const metadata = await orAborted(consumer.metadata({ topics: [...topics] }), signal)
  if (metadata === 'aborted') return undefined
  const failed = new AbortController()
  const ended = AbortSignal.any([signal, failed.signal])
  const byLeader = Map.groupBy(
    readings,
    ({ place }) => metadata.topics.get(place.topic)?.partitions[place.partition]?.leader ?? -1,
  )
  const loops = [...byLeader].map(([node, some]) =>
    fetchLoop(consumer, metadata, node, some, ended, take).catch((error: unknown) => {
      failed.abort()
      throw error
    }),
  )
  const results = await Promise.allSettled(loops)
  const broken = results.find((result) => result.status === 'rejected')
  if (broken !== undefined) throw broken.reason
  return undefined
}

async function fetchLoop(
  consumer: Consumer,
  metadata: ClusterMetadata,
  node: number,
  readings: readonly Reading[],
  signal: AbortSignal,
  take: Take,
): Promise<void> {
  const byPlace = new Map<string, Reading>()
  for (const reading of readings) {
    const id = metadata.topics.get(reading.place.topic)?.id ?? ''
    byPlace.set(`${id}/${reading.place.partition}`, reading)
  }
  for (let turn = 0; !signal.aborted; turn += 1) {
    const fetching = consumer.fetch({ node, topics: requested(byPlace, turn) })
    const response = await orAborted(fetching, signal)
    if (response === 'aborted') {
      fetching.catch(() => undefined)
      return
    }
    await handOn(response, byPlace, signal, take)
  }
}

/** Every turn begins with another partition, so that a full answer never leaves out the same ones. */
function requested(
  byPlace: ReadonlyMap<string, Reading>,
  turn: number,
): { topicId: string; partitions: ReturnType<typeof partitionOf>[] }[] {
  const all = [...byPlace]
  const shift = turn % Math.max(1, all.length)
  const rotated = [...all.slice(shift), ...all.slice(0, shift)]
  const byTopic = new Map<string, ReturnType<typeof partitionOf>[]>()
  for (const [key, reading] of rotated) {
    const topicId = key.slice(0, key.lastIndexOf('/'))
    const partitions = byTopic.get(topicId)
    if (partitions === undefined) byTopic.set(topicId, [partitionOf(reading)])
    else partitions.push(partitionOf(reading))
  }
  return [...byTopic].map(([topicId, partitions]) => ({ topicId, partitions }))
}

function partitionOf({ place, at }: Reading): {
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

async function handOn(
  response: FetchResponse,
  byPlace: ReadonlyMap<string, Reading>,
  signal: AbortSignal,
  take: Take,
): Promise<void> {
  for (const { topicId, partitions } of response.responses) {
    for (const partition of partitions) {
      const reading = byPlace.get(`${topicId}/${partition.partitionIndex}`)
      if (reading === undefined) continue
      const { records, next } = committedRecords(partition, reading.at)
      if (next === reading.at) continue
      reading.at = next
      if ((await orAborted(take({ ...reading.place, records, next }), signal)) === 'aborted') return
    }
  }
}

/** Throws what will not pass. Offsets that retention took away go on at the start. */
async function recover(
  consumer: Consumer,
  topics: string[],
  readings: readonly Reading[],
  error: unknown,
): Promise<void> {
  if (says(error, 'OFFSET_OUT_OF_RANGE')) {
    const starts = await consumer.listOffsets({ topics: [...topics], timestamp: START })
    const ends = await consumer.listOffsets({ topics: [...topics] })
    for (const reading of readings) {
      const { topic, partition } = reading.place
      const start = Number(starts.get(topic)?.[partition] ?? 0n)
      const end = Number(ends.get(topic)?.[partition] ?? 0n)
      if (reading.at < start || reading.at > end) reading.at = start
    }
    return
  }
  consumer.clearMetadata()
  const fault = faultOf(error)
  if (!isFault(fault, 'unavailable') && !isFault(fault, 'unknown-topic')) throw fault
}

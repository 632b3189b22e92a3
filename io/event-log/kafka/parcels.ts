import { EventLogError, type LogRecord } from '../../../lib/event-log.ts'
import { partitionOf } from '../../../lib/murmur2.ts'
import { TOPICS, type TopicName } from '../../../schemas/topics.ts'
import { type KafkaRecord, type Parcel } from './kafka-client.ts'
import { MAX_RECORD_BYTES } from './kafka-topics.ts'

/** What Kafka writes around a record, at most. */
const AROUND_BYTES = 32

interface Filling {
  readonly topic: string
  readonly partition: number
  readonly records: KafkaRecord[]
  bytes: number
  span: readonly [number, number]
}

/**
 * Times of a batch are written as distances from its first one. @platformatic/kafka writes those of 2^31 ms
 * (24 days) and more wrong (its dynamic-buffer shifts by 31 where ZigZag of 64 bits wants 63).
 */
const MOST_SPAN_MS = 2 ** 31 - 1

/** Records by partition, in order, each parcel no larger than a batch may be. Throws EventLogError `too-large`. */
export function parcelsOf(
  prefix: string,
  topic: TopicName,
  records: readonly LogRecord[],
): readonly Parcel[] {
  const open = new Map<number, Filling>()
  const parcels: Parcel[] = []
  for (const { key, value, timestampMs } of records) {
    const bytes = sizeOf(key, value)
    const partition = partitionOf(key, TOPICS[topic].partitions)
    // Kafka refuses what is before 1970 and knows no parts of milliseconds.
    const atMs = Math.max(0, Math.floor(timestampMs))
    const span = [atMs, atMs] as const
    let parcel = open.get(partition)
    if (parcel === undefined || !fits(parcel, { bytes, span })) {
      parcel = { topic: `${prefix}${topic}`, partition, records: [], bytes: 0, span }
      open.set(partition, parcel)
      parcels.push(parcel)
    }
    parcel.records.push({ key, value, timestampMs: atMs })
    parcel.bytes += bytes
    parcel.span = united(parcel.span, span)
  }
  return parcels
}

function sizeOf(key: string, value: Uint8Array | null): number {
  const content = Buffer.byteLength(key) + (value?.length ?? 0)
  if (content <= MAX_RECORD_BYTES) return content + AROUND_BYTES
  const rule = `key and value of a record have at most ${MAX_RECORD_BYTES} bytes (1 MiB)`
  throw new EventLogError('too-large', `${rule}; this one has ${content}`)
}

/** Requests of one parcel per partition each, as few as there can be; the order by partition is kept. */
export function requestsOf(parcels: readonly Parcel[]): readonly (readonly Parcel[])[] {
  const requests: Map<string, Filling>[] = []
  const last = new Map<string, number>()
  for (const parcel of parcels) {
    const { topic, partition, records, bytes, span } = parcel
    const place = `${topic}/${partition}`
    let at = last.get(place) ?? 0
    const before = requests[at]?.get(place)
    if (before !== undefined && fits(before, parcel)) {
      for (const record of records) before.records.push(record)
      before.bytes += bytes
      before.span = united(before.span, span)
      continue
    }
    if (before !== undefined) at += 1
    last.set(place, at)
    if (requests.length === at) requests.push(new Map())
    requests[at]?.set(place, { topic, partition, records: [...records], bytes, span })
  }
  return requests.map((request) => [...request.values()])
}

type Extent = Pick<Parcel, 'bytes' | 'span'>

function fits(before: Extent, { bytes, span }: Extent): boolean {
  const [from, to] = united(before.span, span)
  return before.bytes + bytes <= MAX_RECORD_BYTES && to - from <= MOST_SPAN_MS
}

function united(a: Extent['span'], b: Extent['span']): Extent['span'] {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])]
}

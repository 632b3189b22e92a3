import { type TopicMessages } from 'kafkajs'
import { type Parcel } from '../kafka-client.ts'

/**
 * On a topic that is stamped by the broker this library reads every record's time as the batch's and forgets
 * its own, so that goes into a header as well.
 */
const CREATED = 'c'

export function createdAt(
  headers: Readonly<Record<string, Buffer | undefined>>,
): number | undefined {
  const text = headers[CREATED]?.toString()
  return text === undefined ? undefined : Number(text)
}

/** Records as the library takes them; `createPartitioner` must be `asSaid`. */
export function topicMessages(parcels: readonly Parcel[]): TopicMessages[] {
  return parcels.map(({ topic, partition, records }) => ({
    topic,
    messages: records.map(({ key, value, timestampMs }) => ({
      partition,
      key,
      value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.length),
      timestamp: `${timestampMs}`,
      headers: { [CREATED]: `${timestampMs}` },
    })),
  }))
}

/** Parcels have a partition already. */
export function asSaid(): (args: { message: { partition?: number } }) => number {
  return ({ message }) => message.partition ?? 0
}

import { type MessageToProduce } from '@platformatic/kafka'
import { type Parcel } from '../kafka-client.ts'

/** Records as the library takes them. */
export function messagesOf(parcels: readonly Parcel[]): MessageToProduce[] {
  return parcels.flatMap(({ topic, partition, records }) =>
    records.map(({ key, value, timestampMs }) => ({
      topic,
      partition,
      key: Buffer.from(key),
      timestamp: BigInt(timestampMs),
      ...(value === null
        ? {}
        : { value: Buffer.from(value.buffer, value.byteOffset, value.length) }),
    })),
  )
}

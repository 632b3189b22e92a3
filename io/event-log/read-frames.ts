import { type StoredRecord } from '../../lib/event-log.ts'
import { type OwnerConnection } from './owner-connection.ts'
import { positionKey } from './owner-messages.ts'
import { frameAt, recordOf, topicOf } from './record-frame.ts'

export interface ReadBatch {
  readonly caughtUp: boolean
  readonly records: readonly StoredRecord[]
}

/** A batch as the owner sent it: caught up u8, frames. Values are views of `body`. */
export function readBatch(connection: OwnerConnection, body: Buffer): ReadBatch {
  const records: StoredRecord[] = []
  let at = 1
  for (;;) {
    const frame = frameAt(body, at)
    if (frame === undefined || frame === 'torn') break
    at += frame.length
    const topic = connection.topicName(topicOf(frame))
    if (topic !== undefined) records.push({ topic, ...recordOf(frame) })
  }
  return { caughtUp: body[0] === 1, records }
}

/** Moves positions behind the records. */
export function moveBehind(positions: Map<string, number>, records: readonly StoredRecord[]): void {
  let topic: string | undefined
  let partition = -1
  let offset = 0
  for (const record of records) {
    if (record.topic !== topic || record.partition !== partition) {
      if (topic !== undefined) positions.set(positionKey(topic, partition), offset)
      ;({ topic, partition } = record)
    }
    offset = record.offset + 1
  }
  if (topic !== undefined) positions.set(positionKey(topic, partition), offset)
}

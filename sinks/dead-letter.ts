import { eventId } from '../lib/event-id.ts'
import { type DeadLetter } from '../schemas/generated/records.ts'
import { type Dead } from './rows.ts'

/** Values may hold what people typed: a dead letter shows no more than this of them. */
const SHOWN_BYTES = 32

/** What goes to the topic of dead letters. Its id is the value's place: said twice, it is one letter. */
export function deadLetter(dead: Dead, site: string, nowMs: number): DeadLetter {
  const { code, at, record } = dead
  const place = `${record.topic}/${record.partition}/${record.offset}`
  const value = record.value ?? new Uint8Array()
  return {
    eventId: eventId('DeadLetter', place, 0),
    observedAt: record.timestampMs * 1000,
    ingestedAt: nowMs * 1000,
    sensor: 'sink',
    site,
    code,
    place: `${place}: ${at}`.slice(0, 512),
    topic: record.topic,
    clientAddress: null,
    firstBytes: value.slice(0, SHOWN_BYTES),
    length: value.length,
  }
}

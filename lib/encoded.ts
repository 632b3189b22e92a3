import { type DeadLetter } from '../schemas/generated/records.ts'
import { type AnyRecord, type Codec } from './codec/codec.ts'
import { EncodeError } from './codec/encode-error.ts'
import { eventId } from './event-id.ts'
import { type LogRecord } from './event-log.ts'
import { recordKey, topicOf } from './record-key.ts'

/** A record as it is appended to its topic. Throws EncodeError on one that breaks its schema. */
export function encoded(any: AnyRecord, codec: Codec): LogRecord {
  const key = recordKey(any)
  const value = codec.encode(any.type, any.record, key)
  return { key, value, timestampMs: Math.floor(any.record.observedAt / 1000) }
}

/** A record that breaks its schema is a bug of ours, and no reason to stop watching. */
export interface Unencodable {
  readonly fault: EncodeError
  /** What tells of it; undefined when that cannot be encoded either. */
  readonly letter: LogRecord | undefined
}

/** A record as it is appended, or the dead letter that tells why it cannot be. */
export function encodedOrLetter(any: AnyRecord, codec: Codec): LogRecord | Unencodable {
  const record = attempt(any, codec)
  if (!(record instanceof EncodeError)) return record
  const letter = attempt({ type: 'DeadLetter', record: deadLetter(any, record) }, codec)
  return { fault: record, letter: letter instanceof EncodeError ? undefined : letter }
}

function attempt(any: AnyRecord, codec: Codec): LogRecord | EncodeError {
  try {
    return encoded(any, codec)
  } catch (error) {
    if (error instanceof EncodeError) return error
    throw error
  }
}

/** Where and what, without any value: the field at fault may hold a secret. */
function deadLetter({ type, record }: AnyRecord, { path }: EncodeError): DeadLetter {
  const { observedAt, ingestedAt, sensor, site } = record
  const when = [observedAt, ingestedAt].find((time) => Number.isSafeInteger(time)) ?? 0
  return {
    eventId: eventId('DeadLetter', `${sensor} ${type}.${path} ${when}`, 0),
    observedAt: when,
    ingestedAt: when,
    sensor: typeof sensor === 'string' ? sensor : 'unknown',
    site: typeof site === 'string' ? site : '',
    code: 'unencodable',
    place: `${type}.${path}`,
    topic: topicOf(type),
    clientAddress: null,
    firstBytes: new Uint8Array(),
    length: 0,
  }
}

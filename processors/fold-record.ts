import { eventId } from '../lib/event-id.ts'
import { type StoredRecord } from '../lib/event-log.ts'
import { type DeadLetter } from '../schemas/generated/records.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'
import { placeKey } from './order/place-cursor.ts'
import { type Processor } from './processor.ts'
import { type ProcessorPorts } from './run.ts'

/** Bytes of a dead letter: what could not be decoded may hold secrets. */
const FIRST_BYTES = 32

/**
 * Gives a record to a processor: one of the input to its unit, one of a broadcast topic to all units or to
 * those named. What cannot be decoded becomes a dead letter.
 */
export function foldRecord(
  { codec, metrics }: Pick<ProcessorPorts, 'codec' | 'metrics'>,
  processor: Processor,
  stored: StoredRecord,
  told?: ReadonlySet<number>,
): readonly FoldOutput[] {
  if (stored.value === null) {
    if (stored.topic !== processor.input) processor.forget(stored.topic, stored.key)
    return []
  }
  const { input, reads } = processor
  if (reads !== undefined && stored.topic === input) {
    const peeked = codec.peek(stored.value)
    if (peeked.kind === 'body' && !reads.includes(peeked.type)) return []
  }
  const decoded = codec.decode(stored.value)
  if (decoded.kind === 'reject') {
    metrics.count('vestibule_undecodable_total', 1, { reason: decoded.code })
    return [{ kind: 'record', type: 'DeadLetter', record: letter(stored, decoded.code) }]
  }
  if (stored.topic !== input) return processor.inform(decoded, told)
  return processor.step(processor.unitOf(stored.partition), decoded, stored.arrivedMs)
}

function letter(stored: StoredRecord, code: string): DeadLetter {
  const place = `${placeKey(stored)}/${stored.offset}`
  const value = stored.value ?? new Uint8Array()
  return {
    eventId: eventId('DeadLetter', place, 0),
    observedAt: stored.timestampMs * 1000,
    ingestedAt: stored.timestampMs * 1000,
    sensor: 'processors',
    site: '',
    code,
    place,
    topic: stored.topic,
    clientAddress: null,
    firstBytes: value.slice(0, FIRST_BYTES),
    length: value.length,
  }
}

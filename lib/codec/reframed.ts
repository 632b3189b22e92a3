import { type LogRecord } from '../event-log.ts'
import { type Codec } from './codec.ts'

/** Records written by one codec as the other writes them. */
export function reframed(
  records: readonly LogRecord[],
  from: Codec,
  to: Codec,
): readonly LogRecord[] {
  return records.map((one) => {
    const decoded = one.value === null ? undefined : from.decode(one.value)
    if (decoded?.kind !== 'record') return one
    return { ...one, value: to.encode(decoded.type, decoded.record, one.key) }
  })
}

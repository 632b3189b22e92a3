import { type DecodeFault, type Codec } from '../lib/codec/codec.ts'
import { type StoredRecord } from '../lib/event-log.ts'
import { type RecordName } from '../schemas/generated/records.ts'
import { TABLE_NAMES } from '../schemas/generated/table-names.ts'
import { TOPICS } from '../schemas/topics.ts'

/** One row to be: an Avro body in today's schema, and where it lies in the log. */
export interface Row {
  readonly type: RecordName
  readonly body: Uint8Array
  readonly record: StoredRecord
}

export type DeadCode = DecodeFault | 'wrong-topic' | 'refused'

/** A value that cannot become a row. */
export interface Dead {
  readonly code: DeadCode
  /** Where in the value, or what the database said. */
  readonly at: string
  readonly record: StoredRecord
}

export interface Sorted {
  /** Rows of each record type, in the order of the log. */
  readonly rows: ReadonlyMap<RecordName, readonly Row[]>
  readonly dead: readonly Dead[]
  /** Deletions on compacted topics: history keeps what was. */
  readonly tombstones: number
}

/** Sorts records of a topic by the table they go to. Values in today's schema are not decoded. */
export function sortRecords(codec: Codec, records: readonly StoredRecord[]): Sorted {
  const rows = new Map<RecordName, Row[]>()
  const dead: Dead[] = []
  let tombstones = 0
  for (const record of records) {
    if (record.value === null) {
      tombstones += 1
      continue
    }
    const row = rowOf(codec, record, record.value)
    if ('code' in row) dead.push(row)
    else append(rows, row)
  }
  return { rows, dead, tombstones }
}

function append(rows: Map<RecordName, Row[]>, row: Row): void {
  const list = rows.get(row.type)
  if (list === undefined) rows.set(row.type, [row])
  else list.push(row)
}

function rowOf(codec: Codec, record: StoredRecord, value: Uint8Array): Row | Dead {
  const peeked = codec.peek(value)
  if (peeked.kind === 'reject') return { code: peeked.code, at: peeked.at, record }
  const { type } = peeked
  const expected: readonly RecordName[] = TOPICS[record.topic].records
  if (!expected.includes(type) || TABLE_NAMES[type] === null) {
    return { code: 'wrong-topic', at: type, record }
  }
  if (peeked.current) return { type, body: peeked.body, record }
  const decoded = codec.decode(value)
  if (decoded.kind === 'reject') return { code: decoded.code, at: decoded.at, record }
  const again = codec.peek(codec.encode(decoded.type, decoded.record))
  if (again.kind === 'reject') return { code: again.code, at: again.at, record }
  return { type, body: again.body, record }
}

/**
 * Names a batch by its content's places: the same records give the same token, so that the database
 * drops a batch it already has. In batches that were cut otherwise a row is known by its sort key:
 * docs/decisions, columns and keys of history.
 */
export function tokenOf(rows: readonly Row[]): string {
  const ranges = new Map<string, { first: number; last: number; count: number }>()
  for (const { record } of rows) {
    const place = `${record.topic}-${record.partition}`
    const range = ranges.get(place)
    if (range === undefined) {
      ranges.set(place, { first: record.offset, last: record.offset, count: 1 })
    } else {
      range.last = record.offset
      range.count += 1
    }
  }
  return [
    rows[0]?.type ?? '',
    ...[...ranges]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([place, { first, last, count }]) => `${place}-${first}-${last}-${count}`),
  ].join(':')
}

import { type DatabaseSync, type StatementSync } from 'node:sqlite'
import { isTombstone, keyOf, offsetOf, sequenceOf } from './record-frame.ts'
import { type PartitionReader } from './store.ts'
import { blobIn, numberIn } from './sqlite-row.ts'

export interface CompactionTimes {
  /** A record that a newer one replaced stays readable this long, for those who read every version. */
  readonly lagMs: number
  /** A deletion stays readable this long, for those who are behind. */
  readonly tombstoneMs: number
}

const STEP_ROWS = 200
const READ_BYTES = 256 * 1024
const MOST_ROWS = 512

export const COMPACTED_TABLES = `
create table if not exists compacted (
  sequence integer primary key, place integer not null, offset integer not null,
  key blob not null, at integer not null, tombstone integer not null, frame blob not null);
create index if not exists compacted_by_offset on compacted (place, offset);
create index if not exists compacted_by_key on compacted (place, key, offset);
create index if not exists compacted_tombstones on compacted (at) where tombstone = 1;`

/** A topic and partition as one number. */
export function placeOf(topic: number, partition: number): number {
  return topic * 65536 + partition
}

/**
 * The records of compacted topics: appended as they come, superseded ones removed in small steps
 * behind the writers.
 */
export class CompactedRecords {
  readonly #insert: StatementSync
  readonly #read: StatementSync
  readonly #due: StatementSync
  readonly #removeOlder: StatementSync
  readonly #removeTombstones: StatementSync
  readonly #times: CompactionTimes
  /** Every record up to this sequence has had its predecessors removed. */
  #doneTo = 0

  constructor(db: DatabaseSync, times: CompactionTimes) {
    this.#times = times
    this.#insert = db.prepare('insert into compacted values (?, ?, ?, ?, ?, ?, ?)')
    this.#read = db.prepare(
      'select frame from compacted where place = ? and offset >= ? order by offset limit ?',
    )
    this.#due = db.prepare(
      'select sequence, place, key, offset from compacted where sequence > ? and at <= ? order by sequence limit ?',
    )
    this.#removeOlder = db.prepare(
      'delete from compacted where place = ? and key = ? and offset < ?',
    )
    this.#removeTombstones = db.prepare(
      'delete from compacted where sequence in (select sequence from compacted where tombstone = 1 and at <= ? and sequence <= ? limit ?)',
    )
  }

  insert(place: number, frame: Buffer, atMs: number): void {
    const tombstone = isTombstone(frame) ? 1 : 0
    this.#insert.run(
      sequenceOf(frame),
      place,
      offsetOf(frame),
      keyOf(frame),
      atMs,
      tombstone,
      frame,
    )
  }

  /** One bounded step, inside a transaction of the caller; true when more is due. */
  compact(nowMs: number): boolean {
    const rows = this.#due.all(this.#doneTo, nowMs - this.#times.lagMs, STEP_ROWS)
    for (const row of rows) {
      this.#removeOlder.run(numberIn(row, 'place'), blobIn(row, 'key'), numberIn(row, 'offset'))
      this.#doneTo = numberIn(row, 'sequence')
    }
    const before = nowMs - this.#times.tombstoneMs
    const { changes } = this.#removeTombstones.run(before, this.#doneTo, STEP_ROWS)
    return rows.length === STEP_ROWS || changes === STEP_ROWS
  }

  /** The last step was undone: looks at all records again. */
  startOver(): void {
    this.#doneTo = 0
  }

  /** `end` tells the partition's next offset, so that a reader at the end need not ask SQLite. */
  reader(place: number, offset: number, end: () => number): PartitionReader {
    return new CompactedReader(this.#read, place, offset, end)
  }
}

/** Reads ahead by rows, few when they are large. */
class CompactedReader implements PartitionReader {
  readonly #read: StatementSync
  readonly #place: number
  readonly #end: () => number
  #frames: Buffer[] = []
  #at = 0
  #limit = 16
  #offset: number

  constructor(read: StatementSync, place: number, offset: number, end: () => number) {
    this.#end = end
    this.#read = read
    this.#place = place
    this.#offset = offset
  }

  get offset(): number {
    return this.#offset
  }

  peek(): number {
    if (this.#at >= this.#frames.length && this.#offset < this.#end()) this.#fill()
    const frame = this.#frames[this.#at]
    return frame === undefined ? Infinity : sequenceOf(frame)
  }

  take(): Buffer {
    const frame = this.#frames[this.#at]
    if (frame === undefined) throw new Error('take() without a frame seen by peek()')
    this.#at += 1
    this.#offset = offsetOf(frame) + 1
    return frame
  }

  close(): void {
    this.#frames = []
  }

  #fill(): void {
    const rows = this.#read.all(this.#place, this.#offset, this.#limit)
    this.#frames = rows.map((row) => blobIn(row, 'frame'))
    this.#at = 0
    const bytes = this.#frames.reduce((sum, frame) => sum + frame.length, 0)
    if (bytes > READ_BYTES) this.#limit = Math.max(1, this.#limit >> 1)
    else if (rows.length === this.#limit) this.#limit = Math.min(MOST_ROWS, this.#limit * 2)
  }
}

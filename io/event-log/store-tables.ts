import { type DatabaseSync, type StatementSync } from 'node:sqlite'
import { EventLogError } from '../../lib/event-log.ts'
import { type Topic } from '../../schemas/topics.ts'
import { COMPACTED_TABLES } from './compacted-records.ts'
import { type Segment } from './partition-segments.ts'
import { numberIn, textIn, type Row } from './sqlite-row.ts'
import { type CatalogueTopic, type ClientProgress, type StoredLease } from './store.ts'

const TABLES = `
create table if not exists state (name text primary key, value integer not null) without rowid;
create table if not exists topic (
  id integer primary key, name text not null unique, partitions integer not null, cleanup text not null);
create table if not exists head (
  place integer primary key, next_offset integer not null);
create table if not exists segment (
  id integer primary key, place integer not null, base_offset integer not null,
  bytes integer not null, first_at integer not null, last_at integer not null);
create table if not exists progress (
  client text primary key, sequence integer not null, refused text not null, at integer not null) without rowid;
create table if not exists committed (
  grp text not null, place integer not null, offset integer not null, primary key (grp, place)) without rowid;
create table if not exists lease (
  grp text not null, number integer not null, generation integer not null, member text,
  primary key (grp, number)) without rowid;
${COMPACTED_TABLES}`

/** Prepares the file: one process only, write-ahead log, tables. Throws when another owner has it. */
export function prepareTables(db: DatabaseSync, fsync: 'process' | 'full'): void {
  try {
    db.exec('pragma locking_mode = exclusive; pragma auto_vacuum = incremental')
    db.exec('pragma journal_mode = wal')
    db.exec(`pragma synchronous = ${fsync === 'full' ? 'full' : 'normal'}`)
    db.exec('pragma cache_size = -65536; pragma journal_size_limit = 67108864')
    db.exec(`begin immediate; ${TABLES}; commit`)
  } catch (error) {
    if (!isBusy(error)) throw error
    throw new EventLogError('unavailable', 'another process owns this event log', error)
  }
}

function isBusy(error: unknown): boolean {
  return property(error, 'errcode') === SQLITE_BUSY
}

/** Gives each topic its lasting number. A topic may not change its partitions: keys would move. */
export function readCatalogue(
  db: DatabaseSync,
  topics: Readonly<Record<string, Topic>>,
): readonly CatalogueTopic[] {
  const insert = db.prepare(
    'insert or ignore into topic (name, partitions, cleanup) values (?, ?, ?)',
  )
  const select = db.prepare('select id, partitions, cleanup from topic where name = ?')
  return Object.entries(topics).map(([name, topic]) => {
    insert.run(name, topic.partitions, topic.cleanup)
    const row = select.get(name) ?? {}
    const stored = `${numberIn(row, 'partitions')} partitions, ${textIn(row, 'cleanup')}`
    const wanted = `${topic.partitions} partitions, ${topic.cleanup}`
    if (stored !== wanted) {
      throw new Error(`topic ${name} is stored with ${stored}; it cannot become ${wanted}`)
    }
    return { ...topic, id: numberIn(row, 'id'), name }
  })
}

export interface Statements {
  readonly state: StatementSync
  readonly head: StatementSync
  readonly segment: StatementSync
  readonly dropSegment: StatementSync
  readonly progress: StatementSync
  readonly committed: StatementSync
  readonly lease: StatementSync
  readonly oldClients: StatementSync
}

export function prepareStatements(db: DatabaseSync): Statements {
  return {
    state: db.prepare('insert or replace into state values (?, ?)'),
    head: db.prepare('insert or replace into head values (?, ?)'),
    segment: db.prepare('insert or replace into segment values (?, ?, ?, ?, ?, ?)'),
    dropSegment: db.prepare('delete from segment where id = ?'),
    progress: db.prepare('insert or replace into progress values (?, ?, ?, ?)'),
    committed: db.prepare('insert or replace into committed values (?, ?, ?)'),
    lease: db.prepare('insert or replace into lease values (?, ?, ?, ?)'),
    oldClients: db.prepare('delete from progress where at < ?'),
  }
}

/** What the owner remembers of each client's appends. */
export function readProgress(db: DatabaseSync): Map<string, ClientProgress> {
  const rows = db.prepare('select client, sequence, refused from progress').all()
  return new Map(
    rows.map((row) => [
      textIn(row, 'client'),
      { sequence: numberIn(row, 'sequence'), refused: refusedFrom(textIn(row, 'refused')) },
    ]),
  )
}

export function readLeases(db: DatabaseSync): readonly StoredLease[] {
  const rows = db.prepare('select * from lease').all()
  return rows.map((row) => ({
    group: textIn(row, 'grp'),
    number: numberIn(row, 'number'),
    generation: numberIn(row, 'generation'),
    member: row['member'] === null ? null : textIn(row, 'member'),
  }))
}

/** Refused appends as text: `sequence code` pairs, comma-separated. */
export function refusedText(refused: ClientProgress['refused']): string {
  return refused.map(([sequence, code]) => `${sequence} ${code}`).join(',')
}

function refusedFrom(text: string): ClientProgress['refused'] {
  if (text === '') return []
  return text.split(',').map((pair) => {
    const [sequence = '', code = ''] = pair.split(' ')
    return [Number(sequence), code] as const
  })
}

export function segmentFrom(row: Row): Segment {
  return {
    id: numberIn(row, 'id'),
    baseOffset: numberIn(row, 'base_offset'),
    bytes: numberIn(row, 'bytes'),
    firstAtMs: numberIn(row, 'first_at'),
    lastAtMs: numberIn(row, 'last_at'),
  }
}

const SQLITE_BUSY = 5
const SQLITE_FULL = 13

/** Whether a write failed for want of space, in a file or in SQLite. */
export function isFull(error: unknown): boolean {
  const code = property(error, 'code')
  const errcode = property(error, 'errcode')
  const full = typeof errcode === 'number' && (errcode & 0xff) === SQLITE_FULL
  return full || code === 'ENOSPC' || code === 'EDQUOT'
}

function property(error: unknown, name: 'code' | 'errcode'): unknown {
  if (typeof error !== 'object' || error === null) return undefined
  return Object.getOwnPropertyDescriptor(error, name)?.value
}

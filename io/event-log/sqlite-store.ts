import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Logger } from '../../lib/logger.ts'
import { EventLogError } from '../../lib/event-log.ts'
import { type Topic } from '../../schemas/topics.ts'
import { CompactedRecords, placeOf, type CompactionTimes } from './compacted-records.ts'
import {
  dropSegment,
  PartitionSegments,
  syncFolder,
  syncWrite,
  type StagedWrite,
} from './partition-segments.ts'
import { nextToDrop } from './retention.ts'
import { SegmentReader } from './segment-reader.ts'
import { numberIn, textIn } from './sqlite-row.ts'
import {
  prepareStatements,
  prepareTables,
  readCatalogue,
  isFull,
  readLeases,
  readProgress,
  segmentFrom,
  refusedText,
  type Statements,
} from './store-tables.ts'
import {
  type CatalogueTopic,
  type ClientProgress,
  type LogStore,
  type PartitionFrames,
  type PartitionReader,
  type StoredLease,
  type WriteGroup,
} from './store.ts'

export interface SqliteStoreOptions {
  /** Made when it is not there, readable by its owner only. */
  readonly folder: string
  readonly fsync: 'process' | 'full'
  readonly topics: Readonly<Record<string, Topic>>
  readonly segmentBytes: number
  /** All segment files together; the oldest go first. */
  readonly maxBytes: number
  readonly compaction: CompactionTimes
  readonly now: () => number
  readonly logger: Logger
}

const CLIENT_MEMORY_MS = 24 * 3_600_000
const LONGEST_SEGMENT_MS = 24 * 3_600_000
const FREE_PAGES_KEPT = 2048

/**
 * The log on disk. SQLite holds every fact but the frames of delete topics, which lie in segment
 * files; a frame counts once SQLite committed the length that contains it, so one commit makes a
 * whole group durable, and a crash between the two leaves bytes that the next opening cuts off.
 */
export class SqliteStore implements LogStore {
  readonly catalogue: readonly CatalogueTopic[]
  readonly #options: SqliteStoreOptions
  readonly #db: DatabaseSync
  readonly #sql: Statements
  readonly #compacted: CompactedRecords
  readonly #segments = new Map<number, PartitionSegments>()
  readonly #ends = new Map<number, number>()
  readonly #progress: Map<string, ClientProgress>
  readonly #committed = new Map<string, number>()
  #nextSequence = 0
  #nextSegment = 1

  constructor(options: SqliteStoreOptions) {
    this.#options = options
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    this.#db = new DatabaseSync(join(options.folder, 'log.sqlite'))
    prepareTables(this.#db, options.fsync)
    this.catalogue = readCatalogue(this.#db, options.topics)
    this.#sql = prepareStatements(this.#db)
    this.#compacted = new CompactedRecords(this.#db, options.compaction)
    this.#progress = readProgress(this.#db)
    this.#readHeads()
    this.#openSegments()
  }

  get nextSequence(): number {
    return this.#nextSequence
  }

  /** Bytes of all segment files. */
  get segmentBytes(): number {
    const all = [...this.#segments.values()].flatMap((log) => log.all)
    return all.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  end(topic: number, partition: number): number {
    return this.#ends.get(placeOf(topic, partition)) ?? 0
  }

  progress(client: string): ClientProgress | undefined {
    return this.#progress.get(client)
  }

  committed(group: string, topic: number, partition: number): number | undefined {
    return this.#committed.get(`${placeOf(topic, partition)} ${group}`)
  }

  leases(): readonly StoredLease[] {
    return readLeases(this.#db)
  }

  reader(topic: number, partition: number, offset: number): PartitionReader {
    const place = placeOf(topic, partition)
    const log = this.#segments.get(place)
    if (log !== undefined) return new SegmentReader(log, offset)
    return this.#compacted.reader(place, offset, () => this.#ends.get(place) ?? 0)
  }

  write(group: WriteGroup): void {
    const staged: (readonly [PartitionSegments, StagedWrite])[] = []
    try {
      for (const part of group.partitions) this.#stage(part, staged)
      if (this.#options.fsync === 'full') this.#sync(staged)
      this.#db.exec('begin immediate')
      this.#writeTables(group, staged)
      this.#db.exec('commit')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      for (const [log, write] of staged) log.abandon(write)
      throw isFull(error) ? new EventLogError('disk-full', 'the disk is full', error) : error
    }
    for (const [log, write] of staged) log.adopt(write)
    this.#remember(group)
  }

  #stage(part: PartitionFrames, staged: (readonly [PartitionSegments, StagedWrite])[]): void {
    const place = placeOf(part.topic, part.partition)
    const log = this.#segments.get(place)
    if (log === undefined) return
    const base = this.#ends.get(place) ?? 0
    staged.push([log, log.stage(Buffer.concat(part.frames), base, this.#options.now())])
  }

  #sync(staged: readonly (readonly [PartitionSegments, StagedWrite])[]): void {
    for (const [, write] of staged) syncWrite(write)
    if (staged.some(([, write]) => write.isNew)) syncFolder(this.#options.folder)
  }

  #writeTables(
    group: WriteGroup,
    staged: readonly (readonly [PartitionSegments, StagedWrite])[],
  ): void {
    const nowMs = this.#options.now()
    const files = new Map(staged)
    for (const part of group.partitions) {
      const place = placeOf(part.topic, part.partition)
      const log = this.#segments.get(place)
      const write = log === undefined ? undefined : files.get(log)
      if (write === undefined) {
        for (const frame of part.frames) this.#compacted.insert(place, frame, nowMs)
      } else {
        const { id, baseOffset, firstAtMs } = write.segment
        this.#sql.segment.run(id, place, baseOffset, write.bytes, firstAtMs, write.atMs)
      }
      this.#sql.head.run(place, part.nextOffset)
    }
    if (group.partitions.length > 0) this.#sql.state.run('next sequence', group.nextSequence)
    for (const [client, { sequence, refused }] of group.progress) {
      this.#sql.progress.run(client, sequence, refusedText(refused), nowMs)
    }
    for (const { group: name, topic, partition, offset } of group.offsets) {
      this.#sql.committed.run(name, placeOf(topic, partition), offset)
    }
    for (const { group: name, number, generation, member } of group.leases) {
      this.#sql.lease.run(name, number, generation, member)
    }
  }

  #remember(group: WriteGroup): void {
    this.#nextSequence = group.nextSequence
    for (const { topic, partition, nextOffset } of group.partitions) {
      this.#ends.set(placeOf(topic, partition), nextOffset)
    }
    for (const [client, progress] of group.progress) this.#progress.set(client, progress)
    for (const { group: name, topic, partition, offset } of group.offsets) {
      this.#committed.set(`${placeOf(topic, partition)} ${name}`, offset)
    }
  }

  tidy(nowMs: number): boolean {
    try {
      return this.#tidy(nowMs)
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      if (!isFull(error)) throw error
      this.#compacted.startOver()
      this.#options.logger.warn('the disk is full: compaction and retention wait')
      return false
    }
  }

  #tidy(nowMs: number): boolean {
    const dropped = this.#dropOne(nowMs)
    this.#db.exec('begin immediate')
    const more = this.#compacted.compact(nowMs)
    this.#sql.oldClients.run(nowMs - CLIENT_MEMORY_MS)
    this.#db.exec('commit')
    const free = numberIn(this.#db.prepare('pragma freelist_count').get() ?? {}, 'freelist_count')
    if (free > FREE_PAGES_KEPT) this.#db.exec('pragma incremental_vacuum(64)')
    return dropped || more
  }

  #dropOne(nowMs: number): boolean {
    const retained = this.catalogue.flatMap((topic) =>
      topic.cleanup === 'compact'
        ? []
        : Array.from({ length: topic.partitions }, (_, partition) => {
            const place = placeOf(topic.id, partition)
            const segments = this.#segments.get(place)?.all ?? []
            return { place, retentionMs: topic.retentionMs, segments }
          }),
    )
    const place = nextToDrop(retained, this.#options.maxBytes, nowMs)
    const log = place === undefined ? undefined : this.#segments.get(place)
    const oldest = log?.all[0]
    if (log === undefined || oldest === undefined) return false
    this.#sql.dropSegment.run(oldest.id)
    log.dropOldest()
    return true
  }

  #readHeads(): void {
    for (const row of this.#db.prepare('select * from head').all()) {
      this.#ends.set(numberIn(row, 'place'), numberIn(row, 'next_offset'))
    }
    for (const row of this.#db.prepare('select * from committed').all()) {
      const key = `${numberIn(row, 'place')} ${textIn(row, 'grp')}`
      this.#committed.set(key, numberIn(row, 'offset'))
    }
    const sequence = this.#db.prepare("select value from state where name = 'next sequence'").get()
    this.#nextSequence = sequence === undefined ? 0 : numberIn(sequence, 'value')
  }

  #openSegments(): void {
    const rows = this.#db.prepare('select * from segment order by base_offset').all()
    const byPlace = Map.groupBy(rows, (row) => numberIn(row, 'place'))
    this.#nextSegment = Math.max(0, ...rows.map((row) => numberIn(row, 'id'))) + 1
    this.#dropStrays(new Set(rows.map((row) => numberIn(row, 'id'))))
    for (const topic of this.catalogue) {
      if (topic.cleanup === 'compact') continue
      const age = Math.min(LONGEST_SEGMENT_MS, (topic.retentionMs ?? Infinity) / 8)
      const limits = { segmentBytes: this.#options.segmentBytes, segmentMs: age }
      for (let partition = 0; partition < topic.partitions; partition++) {
        const place = placeOf(topic.id, partition)
        const segments = (byPlace.get(place) ?? []).map(segmentFrom)
        const { folder, logger } = this.#options
        const log = new PartitionSegments(folder, segments, limits, () => this.#nextSegment++)
        const gone = log.recover()
        if (gone > 0) logger.error('event log lost bytes', { topic: topic.name, partition, gone })
        this.#segments.set(place, log)
      }
    }
  }

  /** Files that a crash left without a row. */
  #dropStrays(known: ReadonlySet<number>): void {
    for (const name of readdirSync(this.#options.folder)) {
      const id = /^(\d{12})\.segment$/.exec(name)?.[1]
      if (id !== undefined && !known.has(Number(id))) dropSegment(this.#options.folder, Number(id))
    }
  }

  close(): void {
    for (const log of this.#segments.values()) log.close()
    this.#db.close()
  }
}

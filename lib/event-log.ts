import { type TopicName } from '../schemas/topics.ts'

/** One record to be appended. The key decides the partition (murmur2 over its UTF-8 bytes). */
export interface LogRecord {
  readonly key: string
  /** Null deletes the key on a compacted topic. */
  readonly value: Uint8Array | null
  /** Milliseconds since 1970. */
  readonly timestampMs: number
}

/** One record as it is stored. */
export interface StoredRecord extends LogRecord {
  readonly topic: TopicName
  readonly partition: number
  /** Position in its partition, from 0, without holes except where compaction made them. */
  readonly offset: number
  /**
   * When the log took it, by the log's own clock, milliseconds since 1970: what a sensor's clock is held
   * against. Undefined where the log does not tell.
   */
  readonly arrivedMs?: number | undefined
}

export interface TopicPartition {
  readonly topic: TopicName
  readonly partition: number
}

/** The right to read partitions for a group; a later holder has a higher generation. */
export interface Lease {
  readonly group: string
  /** Those held exclusively; broadcast topics are everyone's and are not named. */
  readonly partitions: readonly TopicPartition[]
  readonly generation: number
}

/** Records in the order to be processed. Kafka gives one partition at a time, the embedded log a merge by its global sequence. */
export interface Batch {
  readonly records: readonly StoredRecord[]
  readonly lease: Lease
  /** Call once, after the effect: these records will not be read again by this group. */
  commit(): Promise<void>
}

export interface ConsumeOptions {
  readonly group: string
  /** Read by one member of the group each: partition n of all of them goes to the same member. */
  readonly topics: readonly TopicName[]
  /** Read whole by every member, merged into the same order. */
  readonly broadcast?: readonly TopicName[]
  /** All partitions go to one member, the others wait to take over; default: they are spread. */
  readonly whole?: boolean
  readonly signal: AbortSignal
  /** At most this many records in a batch; default 1000. */
  readonly maxRecords?: number
  /**
   * Called before the first record of newly taken partitions (broadcast ones included). The answer
   * says where to begin, by `topic/partition`; what it does not name begins at the committed offset,
   * or at the start where there is none.
   */
  readonly assigned?: (lease: Lease) => Promise<ReadonlyMap<string, number>>
  /** Called when partitions were lost; their state must not be used any more. */
  readonly revoked?: (lease: Lease) => Promise<void>
}

/** What a follower is given: it belongs to no group and commits nothing. */
export interface FollowBatch {
  readonly records: readonly StoredRecord[]
  /** All that was in the log when the follow began, or more, has been given. */
  readonly caughtUp: boolean
}

export interface FollowOptions {
  readonly topics: readonly TopicName[]
  readonly from: 'start' | 'end' | ReadonlyMap<string, number>
  readonly signal: AbortSignal
}

export type EventLogErrorCode =
  'unavailable' | 'fenced' | 'too-large' | 'disk-full' | 'unknown-topic' | 'closed'

/** The log refused or cannot be reached. `unavailable` and `disk-full` may pass; the others will not. */
export class EventLogError extends Error {
  override readonly name = 'EventLogError'
  readonly code: EventLogErrorCode

  constructor(code: EventLogErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/**
 * The event log as every stage sees it. Two adapters keep this contract, held by one suite
 * (test/io/event-log): the embedded one and Apache Kafka.
 */
export interface EventLog {
  /** Whether records come in the order of the appends over all topics and partitions, at every reading the same. */
  readonly globalOrder: boolean
  /**
   * Resolves when all records are durable, in order. With a `fence` the log refuses (`fenced`) what a
   * holder writes after its lease was taken over. Pending appends are the back-pressure: callers bound them.
   */
  append(topic: TopicName, records: readonly LogRecord[], fence?: Lease): Promise<void>
  /**
   * Order per key, at least once. When the signal aborts nothing more is given. The lease is kept until the
   * consumer asks for the next batch or returns, so that what it has in hand can still be committed; who
   * pulls ahead of its commits aborts the signal only when all of them are made.
   */
  consume(options: ConsumeOptions): AsyncIterable<Batch>
  follow(options: FollowOptions): AsyncIterable<FollowBatch>
  /** Next offset to be written, by partition. */
  ends(topic: TopicName): Promise<readonly number[]>
  /** Offset a group committed, by partition; undefined where it never did. */
  committed(group: string, topic: TopicName): Promise<readonly (number | undefined)[]>
  close(): Promise<void>
}

import { type Topic } from '../../schemas/topics.ts'

/** A topic with the number by which frames name it. */
export interface CatalogueTopic extends Topic {
  readonly id: number
  readonly name: string
}

/** Frames of one partition, stamped, in the order to be stored. */
export interface PartitionFrames {
  readonly topic: number
  readonly partition: number
  readonly frames: readonly Buffer[]
  readonly nextOffset: number
}

/** The newest append of a client that is stored, and those before it that were refused. */
export interface ClientProgress {
  readonly sequence: number
  readonly refused: readonly (readonly [sequence: number, code: string])[]
}

export interface CommittedOffset {
  readonly group: string
  readonly topic: number
  readonly partition: number
  readonly offset: number
}

/** Who may read partition `number` of a group's topics. Without a member nobody may. */
export interface StoredLease {
  readonly group: string
  readonly number: number
  readonly generation: number
  readonly member: string | null
}

/** What becomes durable together. */
export interface WriteGroup {
  readonly partitions: readonly PartitionFrames[]
  readonly nextSequence: number
  readonly progress: ReadonlyMap<string, ClientProgress>
  readonly offsets: readonly CommittedOffset[]
  readonly leases: readonly StoredLease[]
}

/** Walks one partition forward from an offset. What is stored later appears at its end. */
export interface PartitionReader {
  /** Offset of the next frame, or of the one to be written next. */
  readonly offset: number
  /** Sequence of the next frame; Infinity at the end. Looks again each time it is at the end. */
  peek(): number
  /** The frame `peek` saw. */
  take(): Buffer
  close(): void
}

/** Where the owner keeps the log: SQLite with segment files, or memory. Synchronous, one writer. */
export interface LogStore {
  readonly catalogue: readonly CatalogueTopic[]
  readonly nextSequence: number
  /** Next offset to be written. */
  end(topic: number, partition: number): number
  /** All of it or nothing. Throws EventLogError `disk-full`. */
  write(group: WriteGroup): void
  reader(topic: number, partition: number, offset: number): PartitionReader
  progress(client: string): ClientProgress | undefined
  committed(group: string, topic: number, partition: number): number | undefined
  leases(): readonly StoredLease[]
  /** One bounded step of retention and compaction; true when there is more to do. */
  tidy(nowMs: number): boolean
  close(): void
}

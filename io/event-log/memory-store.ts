import { type Topic } from '../../schemas/topics.ts'
import { keyOf, offsetOf, sequenceOf, isTombstone } from './record-frame.ts'
import {
  type CatalogueTopic,
  type ClientProgress,
  type LogStore,
  type PartitionReader,
  type StoredLease,
  type WriteGroup,
} from './store.ts'

interface MemoryPartition {
  frames: Buffer[]
  end: number
}

/** A log that lasts as long as the process, for tests and for runs over a file. */
export class MemoryStore implements LogStore {
  readonly catalogue: readonly CatalogueTopic[]
  readonly #partitions = new Map<string, MemoryPartition>()
  readonly #progress = new Map<string, ClientProgress>()
  readonly #committed = new Map<string, number>()
  #nextSequence = 0

  constructor(topics: Readonly<Record<string, Topic>>) {
    this.catalogue = Object.entries(topics).map(([name, topic], id) => ({ ...topic, id, name }))
  }

  get nextSequence(): number {
    return this.#nextSequence
  }

  #partition(topic: number, partition: number): MemoryPartition {
    const key = `${topic}/${partition}`
    const known = this.#partitions.get(key)
    if (known !== undefined) return known
    const fresh = { frames: [], end: 0 }
    this.#partitions.set(key, fresh)
    return fresh
  }

  end(topic: number, partition: number): number {
    return this.#partition(topic, partition).end
  }

  write(group: WriteGroup): void {
    for (const { topic, partition, frames, nextOffset } of group.partitions) {
      const known = this.#partition(topic, partition)
      for (const frame of frames) known.frames.push(frame)
      known.end = nextOffset
    }
    this.#nextSequence = group.nextSequence
    for (const [client, progress] of group.progress) this.#progress.set(client, progress)
    for (const { group: name, topic, partition, offset } of group.offsets) {
      this.#committed.set(`${topic}/${partition} ${name}`, offset)
    }
  }

  reader(topic: number, partition: number, offset: number): PartitionReader {
    return new MemoryReader(this.#partition(topic, partition), offset)
  }

  progress(client: string): ClientProgress | undefined {
    return this.#progress.get(client)
  }

  committed(group: string, topic: number, partition: number): number | undefined {
    return this.#committed.get(`${topic}/${partition} ${group}`)
  }

  leases(): readonly StoredLease[] {
    return []
  }

  /** Keeps the newest of each key of compacted topics, without any lag; nothing else is dropped. */
  tidy(): boolean {
    for (const topic of this.catalogue) {
      if (topic.cleanup !== 'compact') continue
      for (let at = 0; at < topic.partitions; at++) compact(this.#partition(topic.id, at))
    }
    return false
  }

  close(): void {
    this.#partitions.clear()
  }
}

function compact(partition: MemoryPartition): void {
  const newest = new Map<string, Buffer>()
  for (const frame of partition.frames) newest.set(keyOf(frame).toString('latin1'), frame)
  const kept = new Set([...newest.values()].filter((frame) => !isTombstone(frame)))
  if (kept.size < partition.frames.length) {
    partition.frames = partition.frames.filter((frame) => kept.has(frame))
  }
}

class MemoryReader implements PartitionReader {
  readonly #partition: MemoryPartition
  #frames: readonly Buffer[] | undefined
  #at = 0
  #offset: number

  constructor(partition: MemoryPartition, offset: number) {
    this.#partition = partition
    this.#offset = offset
  }

  get offset(): number {
    return this.#offset
  }

  peek(): number {
    this.#locate()
    const frame = this.#frames?.[this.#at]
    return frame === undefined ? Infinity : sequenceOf(frame)
  }

  /** Finds the place by halving, again when compaction made a new list. */
  #locate(): void {
    if (this.#frames === this.#partition.frames) return
    this.#frames = this.#partition.frames
    let low = 0
    let high = this.#frames.length
    while (low < high) {
      const middle = (low + high) >> 1
      const frame = this.#frames[middle]
      if (frame !== undefined && offsetOf(frame) < this.#offset) low = middle + 1
      else high = middle
    }
    this.#at = low
  }

  take(): Buffer {
    const frame = this.#frames?.[this.#at]
    if (frame === undefined) throw new Error('take() without a frame seen by peek()')
    this.#at += 1
    this.#offset = offsetOf(frame) + 1
    return frame
  }

  close(): void {
    this.#frames = undefined
  }
}

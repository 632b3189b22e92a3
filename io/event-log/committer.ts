import { EventLogError, type EventLogErrorCode } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { murmur2 } from '../../lib/murmur2.ts'
import { type Groups } from './groups.ts'
import { frameAt, keyOf, stampFrame } from './record-frame.ts'
import {
  type CatalogueTopic,
  type ClientProgress,
  type CommittedOffset,
  type LogStore,
  type StoredLease,
} from './store.ts'

/** A lease as it is claimed by who writes under it. */
export interface Claim {
  readonly group: string
  readonly numbers: readonly number[]
  readonly generation: number
}

export type Work =
  | {
      readonly kind: 'append'
      readonly client: string
      /** Rises with each append of the client; the same again is the same append again. */
      readonly sequence: number
      readonly topic: CatalogueTopic
      readonly frames: Buffer
      readonly claim: Claim | undefined
    }
  | {
      readonly kind: 'offsets'
      readonly claim: Claim
      readonly offsets: readonly CommittedOffset[]
    }
  | { readonly kind: 'leases'; readonly leases: readonly StoredLease[] }

/** Undefined: it is durable. */
export type Answer = EventLogErrorCode | undefined

/** Refused appends remembered for each client; a client has fewer than this in flight. */
export const REMEMBERED_REFUSALS = 256
const GROUP_BYTES = 8 * 1024 * 1024

interface Waiting {
  readonly work: Work
  readonly answer: (answer: Answer) => void
}

interface Parts {
  readonly topic: CatalogueTopic
  readonly partition: number
  readonly frames: Buffer[]
  nextOffset: number
}

/** Everything that one transaction takes in. */
class Group {
  readonly parts = new Map<number, Parts>()
  readonly progress = new Map<string, ClientProgress>()
  readonly offsets: CommittedOffset[] = []
  readonly leases: StoredLease[] = []
  readonly answers: (readonly [Waiting['answer'], Answer])[] = []
  /** Appends that are new in this group. */
  readonly appends: (readonly [client: string, sequence: number])[] = []
  sequence: number
  bytes = 0

  constructor(sequence: number) {
    this.sequence = sequence
  }
}

export interface CommitterOptions {
  readonly store: LogStore
  readonly groups: Groups
  /** Whether there is room for appends; offsets and leases are small and always tried. */
  readonly hasRoom: () => boolean
  readonly onStored: () => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Puts what arrives together into one transaction and answers when it is durable. */
export class Committer {
  readonly #options: CommitterOptions
  #waiting: Waiting[] = []
  #scheduled = false
  /** Appends that failed to be written, to be stored with the client's next one that is. */
  readonly #failed = new Map<string, (readonly [number, string])[]>()

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  submit(work: Work, answer: (answer: Answer) => void): void {
    this.#waiting.push({ work, answer })
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.flush()
    })
  }

  /** Commits all that waits, in order. */
  flush(): void {
    this.#scheduled = false
    const waiting = this.#waiting
    this.#waiting = []
    let at = 0
    while (at < waiting.length) {
      const group = new Group(this.#options.store.nextSequence)
      for (; at < waiting.length && group.bytes < GROUP_BYTES; at++) {
        const next = waiting[at]
        if (next !== undefined) this.#take(group, next)
      }
      this.#commit(group)
    }
  }

  #take(group: Group, { work, answer }: Waiting): void {
    switch (work.kind) {
      case 'append':
        group.answers.push([answer, this.#append(group, work)])
        return
      case 'offsets':
        if (this.#isCurrent(work.claim)) {
          group.offsets.push(...work.offsets)
          group.answers.push([answer, undefined])
        } else group.answers.push([answer, 'fenced'])
        return
      case 'leases':
        group.leases.push(...work.leases)
        group.answers.push([answer, undefined])
    }
  }

  #isCurrent({ group, numbers, generation }: Claim): boolean {
    return this.#options.groups.holds(group, numbers, generation)
  }

  #append(group: Group, work: Extract<Work, { kind: 'append' }>): Answer {
    const progress = group.progress.get(work.client) ?? this.#options.store.progress(work.client)
    if (progress !== undefined && work.sequence <= progress.sequence) {
      return knownAnswer(progress, work.sequence)
    }
    const refusal = this.#refusal(work)
    const failed = this.#failed.get(work.client) ?? []
    const before = [...(progress?.refused ?? []), ...failed]
    const refused = [...new Map(before)].slice(-REMEMBERED_REFUSALS)
    group.appends.push([work.client, work.sequence])
    group.progress.set(work.client, {
      sequence: work.sequence,
      refused: refusal === undefined ? refused : [...refused, [work.sequence, refusal]],
    })
    if (refusal === undefined) this.#stamp(group, work.topic, work.frames)
    return refusal
  }

  #refusal(work: Extract<Work, { kind: 'append' }>): Answer {
    if (!this.#options.hasRoom()) return 'disk-full'
    return work.claim === undefined || this.#isCurrent(work.claim) ? undefined : 'fenced'
  }

  #stamp(group: Group, topic: CatalogueTopic, frames: Buffer): void {
    const arrivedMs = this.#options.now()
    let at = 0
    let records = 0
    for (;;) {
      const frame = frameAt(frames, at)
      if (frame === undefined || frame === 'torn') break
      const parts = this.#parts(group, topic, partitionOfKey(keyOf(frame), topic.partitions))
      const { partition, nextOffset: offset } = parts
      const { sequence } = group
      stampFrame(frame, { topic: topic.id, partition, offset, sequence, arrivedMs })
      parts.frames.push(frame)
      parts.nextOffset += 1
      group.sequence += 1
      at += frame.length
      records += 1
    }
    group.bytes += at
    this.#options.metrics.count('event_log_records_total', records, { topic: topic.name })
    this.#options.metrics.count('event_log_bytes_total', at, { topic: topic.name })
  }

  #parts(group: Group, topic: CatalogueTopic, partition: number): Parts {
    const key = topic.id * 65536 + partition
    const known = group.parts.get(key)
    if (known !== undefined) return known
    const nextOffset = this.#options.store.end(topic.id, partition)
    const fresh = { topic, partition, frames: [], nextOffset }
    group.parts.set(key, fresh)
    return fresh
  }

  #commit(group: Group): void {
    const { store, metrics, logger, onStored } = this.#options
    const partitions = [...group.parts.values()].map((parts) => ({
      ...parts,
      topic: parts.topic.id,
    }))
    const { progress, offsets, leases } = group
    try {
      store.write({ partitions, nextSequence: group.sequence, progress, offsets, leases })
    } catch (error) {
      if (!(error instanceof EventLogError)) throw error
      metrics.count('event_log_failed_commits_total', 1, { code: error.code })
      logger.error('event log cannot write', { code: error.code, cause: String(error.cause) })
      this.#rememberFailed(group, error.code)
      for (const [answer, known] of group.answers) answer(known ?? error.code)
      return
    }
    for (const client of progress.keys()) this.#failed.delete(client)
    for (const [answer, known] of group.answers) answer(known)
    if (partitions.length > 0) onStored()
  }

  #rememberFailed(group: Group, code: string): void {
    for (const [client, sequence] of group.appends) {
      const failed = this.#failed.get(client) ?? []
      this.#failed.set(client, [...failed, [sequence, code] as const].slice(-REMEMBERED_REFUSALS))
    }
  }
}

function knownAnswer(progress: ClientProgress, sequence: number): Answer {
  const code = progress.refused.find(([refused]) => refused === sequence)?.[1]
  return code === 'fenced' || code === 'disk-full' ? code : undefined
}

function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

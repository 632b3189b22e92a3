import { type RecordName } from './generated/records.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** What a topic promises: who may write what on it, how it is split, and how long it lasts. */
export interface Topic {
  readonly records: readonly RecordName[]
  /** Topics that one fold reads together share their partition count. */
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact'
  /** Kept at least this long; null for compacted topics, which keep the newest of each key. */
  readonly retentionMs: number | null
  /** Compaction leaves everything this long: folds go back to what it said then. */
  readonly wholeMs: number
  /** What the key of a record on it is. */
  readonly key: string
}

const SPREAD = 4

/** Every topic (architecture: topics and records). The only place where a topic is named. */
export const TOPICS = {
  'client-events': {
    records: [
      'TlsHello',
      'TlsHandshake',
      'SshConnection',
      'SshSession',
      'SshAuthAttempt',
      'Outcome',
    ],
    partitions: SPREAD,
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
    wholeMs: 0,
    key: 'client entity',
  },
  sightings: {
    records: ['Sighting', 'Served'],
    partitions: SPREAD,
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
    wholeMs: 0,
    key: 'kind:key of the value, server:id',
  },
  population: {
    records: ['Population', 'Habit', 'AttackPattern'],
    partitions: SPREAD,
    cleanup: 'compact',
    retentionMs: null,
    wholeMs: HOUR_MS,
    key: 'kind:key of the value',
  },
  scores: {
    records: ['Score'],
    partitions: SPREAD,
    cleanup: 'compact',
    retentionMs: null,
    wholeMs: 0,
    key: 'entity',
  },
  snapshots: {
    records: ['Snapshot'],
    partitions: SPREAD,
    cleanup: 'compact',
    retentionMs: null,
    wholeMs: 0,
    key: 'group/partition/chunk',
  },
  control: {
    records: ['Control'],
    partitions: 1,
    cleanup: 'compact',
    retentionMs: null,
    wholeMs: HOUR_MS,
    key: 'kind/id',
  },
  servers: {
    records: ['Server', 'Reputation'],
    partitions: 1,
    cleanup: 'compact',
    retentionMs: null,
    wholeMs: 0,
    key: 'server id; of its reputation with "reputation " before it',
  },
  decisions: {
    records: ['Decision'],
    partitions: SPREAD,
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
    wholeMs: 0,
    key: 'client entity',
  },
  alerts: {
    records: ['Alert'],
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
    wholeMs: 0,
    key: 'entity',
  },
  'dead-letters': {
    records: ['DeadLetter'],
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
    wholeMs: 0,
    key: 'sensor',
  },
} as const satisfies Record<string, Topic>

export type TopicName = keyof typeof TOPICS

/** All topic names, in the order of the pipeline. */
export const TOPIC_NAMES = Object.keys(TOPICS) as readonly TopicName[]

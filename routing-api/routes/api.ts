import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type AddressMap } from '../../lib/pseudonym.ts'
import { type ToldLately } from '../../lib/told-lately.ts'
import { type RecordName } from '../../schemas/generated/records.ts'
import { type ChallengeKeys } from '../challenges/keys.ts'
import { type SiteAlarm } from '../challenges/site-alarm.ts'
import { type HelloReader } from '../decisions/hello-in-hand.ts'
import { type ApiState } from '../state/api-state.ts'
import { type RecentDecisions } from '../state/recent-decisions.ts'

/** Metrics that can be read back in Prometheus' text format. */
export type ReadableMetrics = Metrics & { text(): Promise<string>; readonly contentType: string }

/** What routes work with: the state, and the ports of the world. */
export interface Api {
  readonly state: ApiState
  readonly hellos: HelloReader
  readonly recent: RecentDecisions
  readonly challengeKeys: ChallengeKeys
  readonly alarm: SiteAlarm
  /** Of which clients an alert was raised lately. */
  readonly told: ToldLately
  readonly site: string
  /** From the addresses of requests to those of records, scores and lists. */
  readonly addresses: AddressMap
  readonly metrics: ReadableMetrics
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic: () => number
  /** scrypt of an answer, 32 bytes; throws an error named SlowHashBusy when too many wait. */
  readonly slowHash: (text: string, salt: Uint8Array, logCost: number) => Promise<Uint8Array>
  /** A number in [0, 1). */
  readonly random: () => number
  /** 16 fresh random bytes. */
  readonly freshId: () => Uint8Array
  /** Publishes a record, made when it is sent, without waiting: bounded, counted when it must be dropped. */
  readonly put: (type: RecordName, make: () => AnyRecord) => void
  /** Publishes and resolves when durable; throws EventLogError. */
  readonly append: (record: AnyRecord) => Promise<void>
  /** Deletes keys of a compacted topic. */
  readonly tombstone: (
    topic: 'scores' | 'servers' | 'control',
    keys: readonly string[],
  ) => Promise<void>
}

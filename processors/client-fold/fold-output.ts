import { type AnyRecord } from '../../lib/codec/codec.ts'

/** What a fold makes of one event. */
export type FoldOutput = ({ readonly kind: 'record' } & AnyRecord) | Withdrawal

/** What stands under a key of a compacted topic holds no longer: erased, over, or made room for. */
export interface Withdrawal {
  readonly kind: 'withdraw'
  readonly topic: 'scores' | 'population'
  readonly key: string
  /** Event time, milliseconds since 1970. */
  readonly atMs: number
}

/** Why an event moved no score; a closed list, usable as a metric label. */
export type Unmoved =
  'own-machinery' | 'late' | 'duplicate' | 'unproven' | 'allowed' | 'clock-ahead' | 'other-topic'

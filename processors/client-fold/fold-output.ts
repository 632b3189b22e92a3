import { type AnyRecord } from '../../lib/codec/codec.ts'

/** What a fold makes of one event. */
export type FoldOutput =
  | ({ readonly kind: 'record' } & AnyRecord)
  /** The score of this entity is withdrawn: its data was erased. */
  | { readonly kind: 'withdraw'; readonly entity: string }

/** Why an event moved no score; a closed list, usable as a metric label. */
export type Unmoved =
  'own-machinery' | 'late' | 'duplicate' | 'unproven' | 'allowed' | 'clock-ahead' | 'other-topic'

import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'

/** A decoded value with its record type. */
export type AnyRecord = {
  readonly [N in RecordName]: { readonly type: N; readonly record: RecordByName[N] }
}[RecordName]

/** Why bytes could not be read; a closed list, usable as a metric label. */
export type DecodeFault = 'not-a-record' | 'unknown-schema' | 'malformed' | 'sealed'

export type Decoded =
  | ({ readonly kind: 'record' } & AnyRecord)
  | { readonly kind: 'reject'; readonly code: DecodeFault; readonly at: string }

/** Records ↔ bytes on a topic. Decoding never throws: every byte may be an attack. */
export interface Codec {
  /** `entity` names whose key a cipher seals the record with; the null cipher ignores it. */
  encode<N extends RecordName>(name: N, record: RecordByName[N], entity?: string): Uint8Array
  decode(value: Uint8Array): Decoded
  /** Record type and Avro body without decoding the body: what a sink needs. */
  peek(value: Uint8Array): Peeked
}

export type Peeked =
  | {
      readonly kind: 'body'
      readonly type: RecordName
      /** Whether the body was written with today's schema and may be copied as it is. */
      readonly current: boolean
      readonly body: Uint8Array
    }
  | { readonly kind: 'reject'; readonly code: DecodeFault; readonly at: string }

/**
 * Per-entity encryption of encoded records: on an append-only log erasure means destroying a key.
 * Sealed bytes must be told from clear ones by the cipher itself.
 */
export interface Cipher {
  seal(entity: string | undefined, clear: Uint8Array): Uint8Array
  /** The clear bytes, or undefined when the key is gone. Clear input comes back unchanged. */
  open(value: Uint8Array): Uint8Array | undefined
}

/** No encryption: the default. */
export const NULL_CIPHER: Cipher = { seal: (_entity, clear) => clear, open: (value) => value }

import { type Codec } from './codec.ts'

const SINGLE_OBJECT = 0xc3

/**
 * Writes in Confluent's wire format and reads that and Avro's single-object encoding: a topic that was begun
 * without a registry stays readable. They differ in their first byte, 00 and C3.
 */
export function eitherCodec(confluent: Codec, singleObject: Codec): Codec {
  const of = (value: Uint8Array): Codec => (value[0] === SINGLE_OBJECT ? singleObject : confluent)
  return {
    encode: (name, record, entity) => confluent.encode(name, record, entity),
    decode: (value) => of(value).decode(value),
    peek: (value) => of(value).peek(value),
  }
}

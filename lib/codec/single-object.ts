import { RELEASED_SCHEMAS } from '../../schemas/generated/released-schemas.ts'
import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'
import { NULL_CIPHER, type Cipher, type Codec } from './codec.ts'
import { framedReader, rejectFrame, type FrameFault, type Opened } from './framed-reader.ts'
import { encodeFramed } from './encode-framed.ts'
import { fingerprintOf, RECORD_TYPES, writerSchema, type WriterSchema } from './record-types.ts'

const MARKER = [0xc3, 0x01] as const
const HEADER = 10

/**
 * Avro single-object encoding (Avro 1.12): marker C3 01, CRC-64-AVRO of the writer's schema in
 * little-endian, Avro body. `released` are the schemas of earlier versions whose bytes may still lie
 * on a topic.
 */
export function singleObjectCodec(
  released: readonly object[] = RELEASED_SCHEMAS,
  cipher: Cipher = NULL_CIPHER,
): Codec {
  const headers = new Map<RecordName, Uint8Array>()
  const writers = new Map<string, WriterSchema>()
  for (const schema of released) {
    const writer = writerSchema(schema)
    if (writer !== undefined) writers.set(keyOf(fingerprintOf(writer.type), 0), writer)
  }
  for (const [name, type] of RECORD_TYPES) {
    const fingerprint = fingerprintOf(type)
    headers.set(name, Uint8Array.from([...MARKER, ...fingerprint]))
    writers.set(keyOf(fingerprint, 0), { name, type, resolver: undefined })
  }

  function open(value: Uint8Array): Opened | FrameFault {
    const clear = cipher.open(value)
    if (clear === undefined) return rejectFrame('sealed', 'value')
    if (clear.length < HEADER || clear[0] !== MARKER[0] || clear[1] !== MARKER[1]) {
      return rejectFrame('not-a-record', 'byte 0')
    }
    const writer = writers.get(keyOf(clear, 2))
    return writer === undefined
      ? rejectFrame('unknown-schema', 'byte 2')
      : { kind: 'opened', writer, body: clear.subarray(HEADER) }
  }

  return {
    encode<N extends RecordName>(name: N, record: RecordByName[N], entity?: string): Uint8Array {
      return cipher.seal(entity, encodeFramed(name, record, headers.get(name) ?? new Uint8Array()))
    },
    ...framedReader(open),
  }
}

function keyOf(bytes: Uint8Array, at: number): string {
  let key = ''
  for (let i = at; i < at + 8; i += 1) key += String.fromCharCode(bytes[i] ?? 0)
  return key
}

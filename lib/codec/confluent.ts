import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'
import { NULL_CIPHER, type Cipher, type Codec } from './codec.ts'
import { framedReader, rejectFrame, type FrameFault, type Opened } from './framed-reader.ts'
import { encodeFramed } from './encode-framed.ts'
import { type WriterSchema } from './record-types.ts'

const MAGIC = 0
const HEADER = 5

/** Schema ids of a registry, resolved before the codec is made: nothing is looked up per record. */
export interface RegisteredSchemas {
  /** Id under which today's schema of a record is registered. */
  readonly ids: ReadonlyMap<RecordName, number>
  /** What was registered under an id; undefined for an id that is none of ours. */
  find(id: number): WriterSchema | undefined
}

/** Confluent's wire format: magic byte 0, schema id as 4 bytes big-endian, Avro body. */
export function confluentCodec(schemas: RegisteredSchemas, cipher: Cipher = NULL_CIPHER): Codec {
  const headers = new Map<RecordName, Uint8Array>()
  for (const [name, id] of schemas.ids) {
    headers.set(
      name,
      Uint8Array.of(MAGIC, id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255),
    )
  }

  function open(value: Uint8Array): Opened | FrameFault {
    const clear = cipher.open(value)
    if (clear === undefined) return rejectFrame('sealed', 'value')
    if (clear.length < HEADER || clear[0] !== MAGIC) return rejectFrame('not-a-record', 'byte 0')
    const writer = schemas.find(new DataView(clear.buffer, clear.byteOffset).getUint32(1))
    return writer === undefined
      ? rejectFrame('unknown-schema', 'byte 1')
      : { kind: 'opened', writer, body: clear.subarray(HEADER) }
  }

  return {
    encode<N extends RecordName>(name: N, record: RecordByName[N], entity?: string): Uint8Array {
      const header = headers.get(name)
      if (header === undefined) throw new Error(`${name} is not registered`)
      return cipher.seal(entity, encodeFramed(name, record, header))
    },
    ...framedReader(open),
  }
}

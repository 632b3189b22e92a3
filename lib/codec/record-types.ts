import avro from 'avsc'
import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'
import { type RecordName } from '../../schemas/generated/records.ts'
import { boundArrays } from './bounded-arrays.ts'
import { crc64Avro } from './crc64-avro.ts'

/** An Avro schema as it was written with, and how to read it as today's record. */
export interface WriterSchema {
  readonly name: RecordName
  readonly type: avro.Type
  /** Undefined for today's schema: nothing to resolve. */
  readonly resolver: object | undefined
}

const OPTIONS = { wrapUnions: 'never', omitRecordMethods: true, typeHook: boundArrays } as const

/** Today's Avro type of every record. */
export const RECORD_TYPES = new Map(
  (Object.keys(AVRO_SCHEMAS) as RecordName[]).map((name) => [name, parse(AVRO_SCHEMAS[name])]),
)

/** Avro type of a record, by name. */
export function recordType(name: RecordName): avro.Type {
  const type = RECORD_TYPES.get(name)
  if (type === undefined) throw new Error(`no Avro type for record ${name}`)
  return type
}

/** CRC-64-AVRO of the schema's parsing canonical form, 8 bytes. */
export function fingerprintOf(type: avro.Type): Uint8Array {
  return crc64Avro(new TextEncoder().encode(JSON.stringify(type.schema())))
}

/** Reads a foreign schema; undefined when it is none of ours or cannot be resolved to today's. */
export function writerSchema(schema: object): WriterSchema | undefined {
  try {
    const type = parse(schema)
    const name = type.name?.split('.').pop() ?? ''
    const reader = RECORD_TYPES.get(name as RecordName)
    if (reader === undefined) return undefined
    return { name: name as RecordName, type, resolver: reader.createResolver(type) }
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

function parse(schema: object): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, { ...OPTIONS, registry: {} })
}

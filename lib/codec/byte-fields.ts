import avro from 'avsc'
import { type RecordName } from '../../schemas/generated/records.ts'
import { RECORD_TYPES } from './record-types.ts'

/** Fields that hold bytes or a list of them, by record. No record holds bytes deeper than that. */
export const BYTE_FIELDS: ReadonlyMap<RecordName, readonly string[]> = new Map(
  [...RECORD_TYPES].map(([name, type]) => [name, byteFieldsOf(type)]),
)

/**
 * The record with its byte fields as Buffers, which is all that avsc writes; records elsewhere hold
 * any Uint8Array. No byte is copied, and a record of Buffers comes back as it is.
 */
export function withBuffers(name: RecordName, record: object): object {
  let changed: Record<string, unknown> | undefined
  for (const field of BYTE_FIELDS.get(name) ?? []) {
    const value: unknown = Reflect.get(record, field)
    if (isWritable(value)) continue
    changed ??= {}
    changed[field] = Array.isArray(value) ? value.map(asBuffer) : asBuffer(value)
  }
  return changed === undefined ? record : { ...record, ...changed }
}

function isWritable(value: unknown): boolean {
  return Array.isArray(value)
    ? value.every((item) => Buffer.isBuffer(item))
    : value === null || Buffer.isBuffer(value)
}

function asBuffer(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

function byteFieldsOf(type: avro.Type): readonly string[] {
  if (!(type instanceof avro.types.RecordType)) return []
  return type.fields.filter((field) => holdsBytes(field.type)).map((field) => field.name)
}

function holdsBytes(type: avro.Type): boolean {
  if (type instanceof avro.types.UnwrappedUnionType) return type.types.some(holdsBytes)
  if (type instanceof avro.types.ArrayType) return holdsBytes(type.itemsType)
  return type instanceof avro.types.FixedType || type instanceof avro.types.BytesType
}

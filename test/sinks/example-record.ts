import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'
import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'

type Schema = string | readonly Schema[] | SchemaObject
interface SchemaObject {
  readonly type: string
  readonly name?: string
  readonly size?: number
  readonly logicalType?: string
  readonly items?: Schema
  readonly fields?: readonly { readonly name: string; readonly type: Schema }[]
}

/** Midnight three days ago, in microseconds: young enough for every TTL of these tests, whenever they run. */
export const OBSERVED_AT = (Math.floor(Date.now() / 86_400_000) - 3) * 86_400_000_000

const SIZES = new Map([
  ['Hash128', 16],
  ['Address', 16],
  ['Random32', 32],
  ['Cookie', 16],
  ['Digest64', 8],
])

/** A record with every field set, or with every nullable field null and every list empty. */
export function exampleRecord<N extends RecordName>(
  name: N,
  form: 'full' | 'empty',
  seed = 1,
): RecordByName[N] {
  return valueOf(AVRO_SCHEMAS[name] as SchemaObject, form, seed, '') as RecordByName[N]
}

function valueOf(schema: Schema, form: 'full' | 'empty', seed: number, field: string): unknown {
  if (typeof schema === 'string') return primitive(schema, seed, field)
  if (isUnion(schema)) {
    return form === 'empty' ? null : valueOf(schema[1] ?? 'null', form, seed, field)
  }
  if (schema.type === 'record') {
    return Object.fromEntries(
      (schema.fields ?? []).map(({ name, type }) => [name, valueOf(type, form, seed, name)]),
    )
  }
  if (schema.type === 'array') {
    const items = schema.items ?? 'null'
    return form === 'empty' ? [] : [0, 1].map((at) => valueOf(items, form, seed + at, field))
  }
  if (schema.type === 'fixed') return fixed(schema.size ?? 0, seed, field)
  if (schema.logicalType !== undefined) return OBSERVED_AT + seed
  return primitive(schema.type, seed, field)
}

function isUnion(schema: Schema): schema is readonly Schema[] {
  return Array.isArray(schema)
}

function primitive(type: string, seed: number, field: string): unknown {
  const size = SIZES.get(type)
  if (size !== undefined) return fixed(size, seed, field)
  if (type === 'string') return `${field} ü'"\\\n${seed}`
  if (type === 'bytes') return Buffer.of(0, 255, 39, 92, seed & 255)
  if (type === 'boolean') return true
  if (type === 'float') return 0.5
  if (type === 'double') return seed + 0.25
  return 200 + (seed % 50)
}

function fixed(size: number, seed: number, field: string): Buffer {
  const bytes = Buffer.alloc(size, seed & 255)
  bytes.writeUInt32BE(seed >>> 0, size - 4)
  if (field.endsWith('Address')) bytes.fill(0, 0, 10).fill(0xff, 10, 12)
  return bytes
}

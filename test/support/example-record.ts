import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'
import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'

type Schema =
  | string
  | readonly Schema[]
  | {
      type: string
      size?: number
      items?: Schema
      name?: string
      fields?: { name: string; type: Schema }[]
    }

const FIXED: Record<string, number> = {
  Hash128: 16,
  Address: 16,
  Random32: 32,
  Cookie: 16,
  Digest64: 8,
}

/**
 * A record with every field filled, the same each time: text says its field's name, numbers count up,
 * times lie in 2026, addresses are 192.0.2.x.
 */
export function exampleRecord<N extends RecordName>(
  name: N,
  fields: Partial<RecordByName[N]> = {},
): RecordByName[N] {
  let counter = 0
  const value = (schema: Schema, field: string): unknown => {
    counter += 1
    if (typeof schema === 'string') return scalar(schema, field, counter)
    if (Array.isArray(schema)) return value((schema as readonly Schema[])[1] ?? 'null', field)
    const complex = schema as Exclude<Schema, string | readonly Schema[]>
    if (complex.type === 'array') return [value(complex.items ?? 'int', field)]
    if (complex.type === 'record') {
      return Object.fromEntries((complex.fields ?? []).map((f) => [f.name, value(f.type, f.name)]))
    }
    if (complex.type === 'fixed') return scalar(complex.name ?? '', field, counter)
    return 1_795_000_000_000_000 + counter
  }
  const schema = AVRO_SCHEMAS[name] as { fields: { name: string; type: Schema }[] }
  const filled = Object.fromEntries(schema.fields.map((f) => [f.name, value(f.type, f.name)]))
  return { ...filled, ...fields } as unknown as RecordByName[N]
}

function scalar(type: string, field: string, counter: number): unknown {
  if (type === 'Address') {
    return Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, counter & 255])
  }
  const size = FIXED[type]
  if (size !== undefined) return Buffer.alloc(size, counter & 255)
  if (type === 'boolean') return true
  if (type === 'string') return field
  if (type === 'bytes') return Buffer.from([0, 255, counter & 255])
  if (type === 'int' || type === 'long') return counter
  return counter + 0.5
}

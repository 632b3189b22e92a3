import { FIXED, type AvroField, type AvroRecord } from './avro-record.ts'

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json }

/**
 * The plain Avro schema of a record: no attributes of ours, each fixed type defined at its first use.
 * Its fingerprint names the record's version on the wire, so nothing but the Avro matters here.
 */
export function avroSchema(record: AvroRecord): Json {
  const defined = new Set<string>()
  return {
    type: 'record',
    name: record.name,
    namespace: record.namespace,
    fields: record.fields.map((field) => ({
      name: field.name,
      type: typeOf(field.type, defined),
      ...(Array.isArray(field.type) ? { default: null } : {}),
      ...(field.default === undefined || Array.isArray(field.type)
        ? {}
        : { default: field.default as Json }),
    })),
  }
}

function typeOf(type: AvroField['type'], defined: Set<string>): Json {
  if (Array.isArray(type)) return type.map((part) => typeOf(part as AvroField['type'], defined))
  if (typeof type === 'object') {
    if (type.type === 'long') return { type: 'long', logicalType: type.logicalType }
    const { items } = type
    if (typeof items === 'object' && items.type === 'record') {
      const fields = items.fields.map(({ name, type: inner }) => ({
        name,
        type: inner,
        ...(Array.isArray(inner) ? { default: null } : {}),
      }))
      return { type: 'array', items: { type: 'record', name: items.name, fields } }
    }
    return { type: 'array', items: typeOf(items, defined) }
  }
  return type in FIXED ? fixed(type as keyof typeof FIXED, defined) : type
}

function fixed(name: keyof typeof FIXED, defined: Set<string>): Json {
  if (defined.has(name)) return name
  defined.add(name)
  return { type: 'fixed', name, size: FIXED[name] }
}

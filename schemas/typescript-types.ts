import { FIXED, type AvroField, type AvroRecord } from './avro-record.ts'

/** TypeScript interfaces of a record and of the records nested in its arrays. */
export function typescriptInterface(record: AvroRecord): string {
  const nested = record.fields.flatMap(({ type }) => {
    if (typeof type === 'string' || Array.isArray(type) || type.type !== 'array') return []
    return typeof type.items === 'object' && type.items.type === 'record' ? [type.items] : []
  })
  const fields = record.fields.map(
    (field) => `  /** ${field.doc} */\n  readonly ${field.name}: ${typeOf(field)}`,
  )
  return [
    ...nested.map((inner) => {
      const lines = inner.fields.map(
        ({ name, doc, type }) => `  /** ${doc} */\n  readonly ${name}: ${nestedType(type)}`,
      )
      return `/** One element of ${record.name}'s list. */\nexport interface ${inner.name} {\n${lines.join('\n')}\n}`
    }),
    `/** ${record.doc} */\nexport interface ${record.name} {\n${fields.join('\n')}\n}`,
  ].join('\n\n')
}

function nestedType(type: string | readonly string[]): string {
  if (typeof type === 'string') return scalar(type)
  return `${scalar(type[1] ?? 'null')} | null`
}

function typeOf(field: AvroField): string {
  const { type, oneOf } = field
  const union = oneOf?.map((value) => `'${value}'`).join(' | ')
  if (Array.isArray(type)) return `${union ?? scalar(type[1])} | null`
  if (typeof type === 'object' && type.type === 'array') {
    const { items } = type
    if (typeof items === 'object' && items.type === 'record') return `readonly ${items.name}[]`
    return `readonly ${scalar(items)}[]`
  }
  return union ?? scalar(type)
}

function scalar(type: unknown): string {
  if (type === 'string' || type === 'boolean') return type
  if (type === 'bytes' || (typeof type === 'string' && type in FIXED)) return 'Uint8Array'
  return 'number'
}

import { z } from 'zod'

const Primitive = z.enum(['boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'])
const Timestamp = z.strictObject({
  type: z.literal('long'),
  logicalType: z.literal('timestamp-micros'),
})
/** Sizes in bytes of the fixed types, by name. */
export const FIXED = { Hash128: 16, Address: 16, Random32: 32, Cookie: 16, Digest64: 8 } as const
const Fixed = z.enum(['Hash128', 'Address', 'Random32', 'Cookie', 'Digest64'])
const Scalar = z.union([Primitive, Timestamp, Fixed])
const Optional = z.tuple([z.literal('null'), Scalar])
const InnerRecord = z.strictObject({
  type: z.literal('record'),
  name: z.string(),
  fields: z.array(
    z.strictObject({
      name: z.string(),
      type: z.union([Primitive, z.tuple([z.literal('null'), Primitive])]),
      doc: z.string(),
      default: z.null().optional(),
    }),
  ),
})
const List = z.strictObject({ type: z.literal('array'), items: z.union([Scalar, InnerRecord]) })

const Field = z.strictObject({
  name: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  type: z.union([Scalar, List, Optional]),
  doc: z.string().min(1),
  default: z.unknown().optional(),
  /** ClickHouse type; without it the generator maps the Avro type. */
  clickhouse: z.string().optional(),
  /** The closed list of values of a string field. */
  oneOf: z.array(z.string()).optional(),
  /** Days after which the column's value is cleared, shorter than the row's. */
  ttlDays: z.int().positive().optional(),
})

/** Fields that several records share: written once, included by name. */
export const Fragment = z.strictObject({
  type: z.literal('fragment'),
  name: z.string(),
  doc: z.string(),
  fields: z.array(Field).min(1),
})

/** The subset of Avro this project writes. A schema outside it fails generation, not production. */
export const AvroRecord = z.strictObject({
  type: z.literal('record'),
  name: z.string().regex(/^[A-Z][A-Za-z0-9]+$/),
  namespace: z.literal('vestibule.v1'),
  doc: z.string(),
  include: z.array(z.string()),
  clickhouse: z
    .strictObject({
      orderBy: z.array(z.string()).min(1),
      partitionBy: z.string(),
      ttlDays: z.int().positive(),
      /** Column that says which of two rows with one key is newer. */
      version: z.string().optional(),
    })
    .nullable(),
  fields: z.array(Field).min(1),
})

export type Fragment = z.infer<typeof Fragment>
export type AvroRecord = z.infer<typeof AvroRecord>
export type AvroField = z.infer<typeof Field>

/** The record with the fields of its fragments in front of its own. */
export function expand(record: AvroRecord, fragments: readonly Fragment[]): AvroRecord {
  const included = record.include.flatMap((name) => {
    const fragment = fragments.find((candidate) => candidate.name === name)
    if (fragment === undefined) throw new Error(`${record.name} includes unknown fragment ${name}`)
    return fragment.fields
  })
  return { ...record, include: [], fields: [...included, ...record.fields] }
}

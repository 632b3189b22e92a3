import { addressText, parseAddress } from '../client-entity.ts'
import { type RecordName } from '../../schemas/generated/records.ts'
import { type AnyRecord } from './codec.ts'
import { RECORD_TYPES, recordType } from './record-types.ts'
import { BYTE_FIELDS, withBuffers } from './byte-fields.ts'

const ADDRESSES: readonly string[] = ['clientAddress', 'serverAddress']

/** Event NDJSON: `{"type": ..., "record": ...}`, bytes as hex, addresses as text. One line, no newline. */
export function formatEventLine({ type, record }: AnyRecord): string {
  const fields = Object.entries(record).map(([name, value]: [string, unknown]) => [
    name,
    ADDRESSES.includes(name) && value instanceof Uint8Array ? addressText(value) : toText(value),
  ])
  return JSON.stringify({ type, record: Object.fromEntries(fields) as object })
}

/** The record of a line; undefined when it is not one, or breaks its schema. */
export function parseEventLine(line: string): AnyRecord | undefined {
  const value = parsed(line)
  if (typeof value !== 'object' || value === null || !('type' in value) || !('record' in value)) {
    return undefined
  }
  const type = [...RECORD_TYPES.keys()].find((name) => name === value.type)
  if (type === undefined || typeof value.record !== 'object' || value.record === null) {
    return undefined
  }
  const record = withBytes(type, value.record)
  return recordType(type).isValid(withBuffers(type, record))
    ? ({ type, record } as AnyRecord)
    : undefined
}

function withBytes(type: RecordName, record: object): object {
  const bytes = BYTE_FIELDS.get(type) ?? []
  return Object.fromEntries(
    Object.entries(record).map(([name, value]: [string, unknown]) => {
      if (ADDRESSES.includes(name) && typeof value === 'string') return [name, parseAddress(value)]
      return [name, bytes.includes(name) ? fromText(value) : value]
    }),
  )
}

function toText(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  }
  return Array.isArray(value) ? value.map(toText) : value
}

function fromText(value: unknown): unknown {
  if (typeof value === 'string' && /^(?:[\da-f]{2})*$/i.test(value))
    return Buffer.from(value, 'hex')
  return Array.isArray(value) ? value.map(fromText) : value
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

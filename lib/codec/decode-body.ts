import { type AnyRecord, type Decoded } from './codec.ts'
import { recordType, type WriterSchema } from './record-types.ts'

/**
 * Avro body → record. avsc throws on what it cannot read, and on nothing else here, so any Error it
 * throws is the input's fault.
 */
export function decodeBody(writer: WriterSchema, body: Uint8Array): Decoded {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  try {
    const record: unknown =
      writer.resolver === undefined
        ? writer.type.fromBuffer(bytes)
        : recordType(writer.name).fromBuffer(bytes, writer.resolver, true)
    return { kind: 'record', type: writer.name, record } as { kind: 'record' } & AnyRecord
  } catch (error) {
    return { kind: 'reject', code: 'malformed', at: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message).slice(0, 120)
    : 'body'
}

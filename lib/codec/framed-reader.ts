import { type AnyRecord, type Codec, type Decoded } from './codec.ts'
import { recordType, type WriterSchema } from './record-types.ts'

/** A value whose frame was understood: who wrote it, and its Avro body. */
export interface Opened {
  readonly kind: 'opened'
  readonly writer: WriterSchema
  readonly body: Uint8Array
}

export type FrameFault = Extract<Decoded, { kind: 'reject' }>

/** The reading half of a codec, whatever its frame looks like. */
export function framedReader(
  open: (value: Uint8Array) => Opened | FrameFault,
): Pick<Codec, 'decode' | 'peek'> {
  return {
    decode(value) {
      const opened = open(value)
      return opened.kind === 'reject' ? opened : decodeBody(opened.writer, opened.body)
    },
    peek(value) {
      const opened = open(value)
      if (opened.kind === 'reject') return opened
      const { writer, body } = opened
      return { kind: 'body', type: writer.name, current: writer.resolver === undefined, body }
    },
  }
}

export function rejectFrame(code: FrameFault['code'], at: string): FrameFault {
  return { kind: 'reject', code, at }
}

/**
 * Avro body → record. avsc throws on what it cannot read, and on nothing else here, so any Error it
 * throws is the input's fault.
 */
function decodeBody(writer: WriterSchema, body: Uint8Array): Decoded {
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

import { createHash } from 'node:crypto'
import { AVRO_SCHEMAS } from '../schemas/generated/avro-schemas.ts'
import { type RecordName } from '../schemas/generated/records.ts'

const MAGIC = Buffer.from('Obj\u0001', 'latin1')
const headers = new Map<RecordName, Buffer>()

/**
 * Avro bodies of one record type as an Avro object container file (Avro 1.12, "Object Container
 * Files"): magic, metadata, sync marker, then blocks of count, length, bodies, sync marker. Nothing is
 * decoded. Each body is a block of its own: a reader cannot take bytes of the next row for a body that is
 * too short, and passes over what follows one that is too long.
 */
export function avroContainer(type: RecordName, bodies: readonly Uint8Array[]): Buffer {
  const header = headerOf(type)
  const sync = header.subarray(header.length - 16)
  let length = header.length
  for (const body of bodies) length += 1 + varintLength(body.length) + body.length + 16
  const file = Buffer.allocUnsafe(length)
  file.set(header, 0)
  let at = header.length
  for (const body of bodies) {
    file[at] = 2
    at = putVarint(file, at + 1, body.length)
    file.set(body, at)
    file.set(sync, at + body.length)
    at += body.length + 16
  }
  return file
}

function headerOf(type: RecordName): Buffer {
  const known = headers.get(type)
  if (known !== undefined) return known
  const schema = Buffer.from(JSON.stringify(AVRO_SCHEMAS[type]))
  const sync = createHash('sha256').update(schema).digest().subarray(0, 16)
  const header = Buffer.concat([
    MAGIC,
    varint(2),
    text('avro.schema'),
    varint(schema.length),
    schema,
    text('avro.codec'),
    text('null'),
    Buffer.of(0),
    sync,
  ])
  headers.set(type, header)
  return header
}

function text(value: string): Buffer {
  return Buffer.concat([varint(value.length), Buffer.from(value, 'latin1')])
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(varintLength(value))
  putVarint(bytes, 0, value)
  return bytes
}

/** Zigzag varint of a number that is not negative. */
function putVarint(into: Buffer, start: number, value: number): number {
  let rest = value * 2
  let at = start
  while (rest > 127) {
    into[at] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
    at += 1
  }
  into[at] = rest
  return at + 1
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value * 2; rest > 127; rest = Math.floor(rest / 128)) length += 1
  return length
}

import { Cursor, OutOfBytes } from '../../lib/cursor.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { latin1 } from '../printable.ts'
import { type Parsed } from '../parsed.ts'
import { type ByteWriter } from './byte-writer.ts'
import { readBytes, readTypedData, type TypedData, writeTypedData } from './typed-data.ts'

export type PayloadCode = 'truncated' | 'bad-name' | 'bad-value'

/** Items of one HELLO or DISCONNECT beyond this are refused. */
const MOST_ITEMS = 64

/** A KV-LIST to the end of the payload: [ varint-length name, TYPED-DATA ]*. */
export function parseKeyValues(
  payload: Uint8Array,
): Parsed<ReadonlyMap<string, TypedData>, PayloadCode> {
  const cursor = new Cursor(payload)
  const items = new Map<string, TypedData>()
  return total(() => {
    for (let n = 0; cursor.remaining > 0; n += 1) {
      if (n === MOST_ITEMS) return reject('bad-name', `more than ${MOST_ITEMS} items`)
      const item = readKeyValue(cursor)
      if (item.kind === 'reject') return item
      items.set(item.value.name, item.value.data)
    }
    return emit(items)
  })
}

/** One name with its value. May throw OutOfBytes: call within `total`. */
export function readKeyValue(
  cursor: Cursor,
): Parsed<{ readonly name: string; readonly data: TypedData }, PayloadCode> {
  const name = readName(cursor)
  if (name === undefined) return reject('bad-name', `byte ${cursor.offset}`)
  const data = readTypedData(cursor)
  return data === undefined ? reject('bad-value', `byte ${cursor.offset}`) : emit({ name, data })
}

/** A name, as bytes of one character each. May throw OutOfBytes. */
export function readName(cursor: Cursor): string | undefined {
  const bytes = readBytes(cursor)
  return bytes === undefined ? undefined : latin1(bytes)
}

export function writeKeyValue(to: ByteWriter, name: string, data: TypedData): void {
  to.string(name)
  writeTypedData(to, data)
}

/** Runs a reader; reading past the end becomes a value. */
export function total<T>(read: () => Parsed<T, PayloadCode>): Parsed<T, PayloadCode> {
  try {
    return read()
  } catch (error) {
    if (error instanceof OutOfBytes) return reject('truncated', `byte ${error.offset}`)
    throw error
  }
}

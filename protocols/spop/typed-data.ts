import { type Cursor } from '../../lib/cursor.ts'
import { type ByteWriter } from './byte-writer.ts'
import { readSmallVarint, readVarint } from './varint.ts'

/** A value with its type (HAProxy, doc/SPOE.txt section 3.1). Integers keep their 64 bits. */
export type TypedData =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int32' | 'uint32' | 'int64' | 'uint64'; readonly value: bigint }
  | { readonly kind: 'ipv4' | 'ipv6'; readonly value: Uint8Array }
  | { readonly kind: 'string' | 'binary'; readonly value: Uint8Array }

const INTEGERS = ['int32', 'uint32', 'int64', 'uint64'] as const
const TRUE = 0x10
const NULL: TypedData = { kind: 'null' }

/**
 *     TYPED-DATA: 1 byte, type in the low and flags in the high four bits, then
 *     0 null | 1 bool (flag 0x10) | 2 int32 | 3 uint32 | 4 int64 | 5 uint64 as varint
 *     | 6 ipv4[4] | 7 ipv6[16] | 8 string | 9 binary, both with a varint length before
 *
 * Undefined for a type there is not, or a number or length that no encoder writes. Bytes are views.
 */
export function readTypedData(cursor: Cursor): TypedData | undefined {
  const head = cursor.u8()
  const type = head & 0x0f
  switch (type) {
    case 0:
      return NULL
    case 1:
      return { kind: 'bool', value: (head & TRUE) !== 0 }
    case 2:
    case 3:
    case 4:
    case 5:
      return readInteger(cursor, INTEGERS[type - 2] ?? 'int64')
    case 6:
      return { kind: 'ipv4', value: cursor.take(4) }
    case 7:
      return { kind: 'ipv6', value: cursor.take(16) }
    case 8:
    case 9: {
      const value = readBytes(cursor)
      return value === undefined ? undefined : { kind: type === 8 ? 'string' : 'binary', value }
    }
    default:
      return undefined
  }
}

/** A varint length and as many bytes, as a view; undefined when the length is no length. */
export function readBytes(cursor: Cursor): Uint8Array | undefined {
  const length = readSmallVarint(cursor)
  return length === undefined ? undefined : cursor.take(length)
}

function readInteger(cursor: Cursor, kind: (typeof INTEGERS)[number]): TypedData | undefined {
  const bits = readVarint(cursor)
  if (bits === undefined) return undefined
  switch (kind) {
    case 'int32':
      return { kind, value: BigInt.asIntN(32, bits) }
    case 'uint32':
      return { kind, value: BigInt.asUintN(32, bits) }
    case 'int64':
      return { kind, value: BigInt.asIntN(64, bits) }
    case 'uint64':
      return { kind, value: bits }
  }
}

export function writeTypedData(to: ByteWriter, data: TypedData): void {
  switch (data.kind) {
    case 'null':
      to.u8(0)
      return
    case 'bool':
      to.u8(data.value ? 1 | TRUE : 1)
      return
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'uint64':
      to.u8(2 + INTEGERS.indexOf(data.kind))
      to.varint(data.value)
      return
    case 'ipv4':
    case 'ipv6':
      to.u8(data.kind === 'ipv4' ? 6 : 7)
      to.bytes(data.value)
      return
    case 'string':
    case 'binary':
      to.u8(data.kind === 'string' ? 8 : 9)
      to.varint(data.value.length)
      to.bytes(data.value)
  }
}

const utf8 = new TextEncoder()

/** A string value of text. */
export function text(value: string): TypedData {
  return { kind: 'string', value: utf8.encode(value) }
}

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Cursor } from '../../../lib/cursor.ts'
import { ByteWriter } from '../../../protocols/spop/byte-writer.ts'
import {
  readTypedData,
  type TypedData,
  writeTypedData,
} from '../../../protocols/spop/typed-data.ts'
import { readVarint } from '../../../protocols/spop/varint.ts'

function varint(value: number | bigint): number[] {
  const to = new ByteWriter()
  to.varint(value)
  return [...to.finish()]
}

describe('a SPOP varint', () => {
  test.each([
    [0n, [0x00]],
    [239n, [0xef]],
    [240n, [0xf0, 0x00]],
    [2287n, [0xff, 0x7f]],
    [2288n, [0xf0, 0x80, 0x00]],
    [264_431n, [0xff, 0xff, 0x7f]],
    [264_432n, [0xf0, 0x80, 0x80, 0x00]],
    [0xffff_ffff_ffff_ffffn, [0xff, 0xf0, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0x0e]],
  ])('%d is written as in the specification', (value, bytes) => {
    expect(varint(value)).toEqual(bytes)
    expect(readVarint(new Cursor(Uint8Array.from(bytes)))).toBe(value)
  })

  test('every 64-bit number survives', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 0xffff_ffff_ffff_ffffn), (value) => {
        expect(readVarint(new Cursor(Uint8Array.from(varint(value))))).toBe(value)
      }),
    )
  })

  test('one that is longer than 64 bits need is no number', () => {
    expect(readVarint(new Cursor(new Uint8Array(20).fill(0xff)))).toBeUndefined()
    const tooGreat = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
    expect(readVarint(new Cursor(Uint8Array.from(tooGreat)))).toBeUndefined()
  })
})

const bytesOf = (kind: 'string' | 'binary'): fc.Arbitrary<TypedData> =>
  fc.uint8Array({ maxLength: 600 }).map((value) => ({ kind, value }))

const typedData: fc.Arbitrary<TypedData> = fc.oneof(
  fc.constant<TypedData>({ kind: 'null' }),
  fc.boolean().map((value): TypedData => ({ kind: 'bool', value })),
  fc.bigInt(-(2n ** 31n), 2n ** 31n - 1n).map((value): TypedData => ({ kind: 'int32', value })),
  fc.bigInt(0n, 2n ** 32n - 1n).map((value): TypedData => ({ kind: 'uint32', value })),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value): TypedData => ({ kind: 'int64', value })),
  fc.bigInt(0n, 2n ** 64n - 1n).map((value): TypedData => ({ kind: 'uint64', value })),
  fc
    .uint8Array({ minLength: 4, maxLength: 4 })
    .map((value): TypedData => ({ kind: 'ipv4', value })),
  fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((value): TypedData => ({ kind: 'ipv6', value })),
  bytesOf('string'),
  bytesOf('binary'),
)

describe('typed data', () => {
  test('an IPv4 address is its type and four bytes', () => {
    const to = new ByteWriter()
    writeTypedData(to, { kind: 'ipv4', value: Uint8Array.of(192, 0, 2, 7) })
    expect([...to.finish()]).toEqual([6, 192, 0, 2, 7])
  })

  test('what is written is read', () => {
    fc.assert(
      fc.property(typedData, (data) => {
        const to = new ByteWriter()
        writeTypedData(to, data)
        const cursor = new Cursor(to.finish())
        expect(readTypedData(cursor)).toEqual(data)
        expect(cursor.remaining).toBe(0)
      }),
    )
  })

  test('a type there is not is no value', () => {
    expect(readTypedData(new Cursor(Uint8Array.of(0x0a, 1, 2)))).toBeUndefined()
  })
})

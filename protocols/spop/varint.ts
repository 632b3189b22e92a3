import { type Cursor } from '../../lib/cursor.ts'

/** Longest encoding of a 64-bit number, bytes. */
const MOST_BYTES = 10

/**
 * A variable-length integer (HAProxy, doc/SPOE.txt section 3.1):
 *
 *     0 <= X < 240       : 1 byte   [ XXXX XXXX ]
 *     240 <= X < 2288    : 2 bytes  [ 1111 XXXX ] [ 0XXX XXXX ]
 *     2288 <= X < 264432 : 3 bytes  [ 1111 XXXX ] [ 1XXX XXXX ] [ 0XXX XXXX ] and so on
 *
 * The 64 bits as they are; undefined when the encoding is longer than 64 bits need.
 */
export function readVarint(cursor: Cursor): bigint | undefined {
  const first = cursor.u8()
  if (first < 240) return BigInt(first)
  // Seven bytes stay below 2^53: nearly all numbers take this way.
  let value = first
  let factor = 16
  for (let read = 1; read < MOST_BYTES; read += 1) {
    const byte = cursor.u8()
    if (read > 6) return readLong(cursor, BigInt(value) + BigInt(byte) * BigInt(factor), byte, read)
    value += byte * factor
    if (byte < 128) return BigInt(value)
    factor *= 128
  }
  return undefined
}

function readLong(
  cursor: Cursor,
  start: bigint,
  seventh: number,
  read: number,
): bigint | undefined {
  let value = start
  let byte = seventh
  for (let at = read; byte >= 128; at += 1) {
    if (at + 1 >= MOST_BYTES) return undefined
    byte = cursor.u8()
    value += BigInt(byte) << BigInt(4 + 7 * at)
  }
  return value < 1n << 64n ? value : undefined
}

/** A varint that is a length, count or id: undefined when it is not exact as a number. */
export function readSmallVarint(cursor: Cursor): number | undefined {
  const value = readVarint(cursor)
  return value === undefined || value > MAX_EXACT ? undefined : Number(value)
}

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER)

/** The bytes of a varint; negative numbers as their 64-bit two's complement. */
export function writeVarint(push: (byte: number) => void, number: number | bigint): void {
  if (typeof number === 'number' && number >= 0 && number < 240) {
    push(number)
    return
  }
  let rest = BigInt.asUintN(64, BigInt(number))
  if (rest < 240n) {
    push(Number(rest))
    return
  }
  push(Number(rest & 0xffn) | 240)
  rest = (rest - 240n) >> 4n
  while (rest >= 128n) {
    push(Number(rest & 0x7fn) | 128)
    rest = (rest - 128n) >> 7n
  }
  push(Number(rest))
}

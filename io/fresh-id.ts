import { randomFillSync } from 'node:crypto'

const SIZE = 16
const pool = Buffer.alloc(256 * SIZE)
let at = pool.length

/** 16 random bytes; drawn 256 at a time, for one call into the kernel costs more than the bytes. */
export function freshId(): Uint8Array {
  if (at >= pool.length) {
    randomFillSync(pool)
    at = 0
  }
  const id = Buffer.from(pool.subarray(at, at + SIZE))
  at += SIZE
  return id
}

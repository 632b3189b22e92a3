import { scrypt } from 'node:crypto'

const BYTES = 32
/** At once: each takes 32 MiB and a thread of the pool. */
const MOST = 3
const MOST_WAITING = 64

/** The machine is busy hashing answers: try again. */
export class SlowHashBusy extends Error {
  override readonly name = 'SlowHashBusy'
}

/** scrypt with r = 8 and p = 1 (RFC 7914), 32 bytes. */
export type SlowHash = (text: string, salt: Uint8Array, logCost: number) => Promise<Buffer>

/** Three at once, 64 may wait; beyond throws SlowHashBusy, so that guessing cannot exhaust memory. */
export function slowHash(): SlowHash {
  let running = 0
  const waiting: (() => void)[] = []
  return async (text, salt, logCost) => {
    if (running >= MOST) {
      if (waiting.length >= MOST_WAITING) throw new SlowHashBusy('too many answers at once')
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    running += 1
    try {
      return await derive(text, salt, 2 ** logCost)
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }
}

function derive(text: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  const options = { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 }
  return new Promise((resolve, reject) => {
    scrypt(text, salt, BYTES, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

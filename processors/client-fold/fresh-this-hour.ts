import { CLIENT_WORD } from './layout.ts'
import { type JudgedProfile } from './judged-profile.ts'

const BITMAP_WORDS = 8

/**
 * True the first time a hash is shown within this clock hour and the one before. Two bitmaps of 256
 * bits: an office of fifty programs is told apart well, and a scanner of hundreds is seen in time.
 */
export function freshThisHour(client: JudgedProfile, hash: number, hour: number): boolean {
  turn(client, hour)
  const word = (hash >>> 5) % BITMAP_WORDS
  const bit = 1 << (hash & 31)
  const newer = CLIENT_WORD.newerBitmap + word
  const seen =
    ((client.integer(newer) | client.integer(CLIENT_WORD.olderBitmap + word)) & bit) !== 0
  client.setInteger(newer, client.integer(newer) | bit)
  return !seen
}

function turn(client: JudgedProfile, hour: number): void {
  const since = hour - client.integer(CLIENT_WORD.fingerprintHour)
  if (since <= 0) return
  for (let i = 0; i < BITMAP_WORDS; i += 1) {
    const newer = CLIENT_WORD.newerBitmap + i
    client.setInteger(CLIENT_WORD.olderBitmap + i, since === 1 ? client.integer(newer) : 0)
    client.setInteger(newer, 0)
  }
  client.setInteger(CLIENT_WORD.fingerprintHour, hour)
}

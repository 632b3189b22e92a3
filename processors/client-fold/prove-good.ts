import { FLAG, TIME, WORD } from './layout.ts'
import { type Moment } from './moment.ts'

const DAY_MS = 86_400_000

/** An authenticated exchange: remembered for 30 days of caps, and told to the population once a day. */
export function proveGood(moment: Moment): void {
  for (const profile of [moment.client, moment.pair]) {
    if (profile === undefined) continue
    // Decisions go by it, however little the score moves; once a day is often enough.
    if (moment.atMs - profile.time(TIME.success) >= DAY_MS) profile.mark(FLAG.proofUntold)
    profile.setTime(TIME.success, moment.atMs)
    profile.setNumber(WORD.peak, 0)
  }
}

/** True once a UTC day for what `word` remembers. */
export function firstToday(
  profile: NonNullable<Moment['pair']>,
  word: typeof WORD.seenDay | typeof WORD.trustedDay,
  atMs: number,
): boolean {
  const today = Math.floor(atMs / DAY_MS)
  if (profile.integer(word) === today) return false
  profile.setInteger(word, today)
  return true
}

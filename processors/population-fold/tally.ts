import { decayNats } from '../../behaviour/decay.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Decayed counts of one value, or of all values together. */
export interface Tally {
  readonly asOfMs: number
  /** Client-days, half-life 7 d, and the same with half-life 1 h. */
  readonly weight: number
  readonly fastWeight: number
  /** Hostile clients, half-life 14 d; trusted ones, half-life 30 d (behaviour-models 4.10). */
  readonly hostile: number
  readonly trusted: number
}

export const NOTHING: Tally = { asOfMs: 0, weight: 0, fastWeight: 0, hostile: 0, trusted: 0 }

/** The tally at `atMs`; an earlier time changes nothing. */
export function decayed(tally: Tally, atMs: number): Tally {
  const dt = atMs - tally.asOfMs
  if (dt <= 0) return tally
  return {
    asOfMs: atMs,
    weight: decayNats(tally.weight, dt, 7 * DAY_MS),
    fastWeight: decayNats(tally.fastWeight, dt, HOUR_MS),
    hostile: decayNats(tally.hostile, dt, 14 * DAY_MS),
    trusted: decayNats(tally.trusted, dt, 30 * DAY_MS),
  }
}

/** One sighting more. Unproven ones move counts only. */
export function counted(
  tally: Tally,
  verdict: 'seen' | 'hostile' | 'trusted',
  amount: number,
): Tally {
  switch (verdict) {
    case 'seen':
      return {
        ...tally,
        weight: tally.weight + amount,
        fastWeight: tally.fastWeight + amount,
      }
    case 'hostile':
      return { ...tally, hostile: tally.hostile + amount }
    case 'trusted':
      return { ...tally, trusted: tally.trusted + amount }
  }
}

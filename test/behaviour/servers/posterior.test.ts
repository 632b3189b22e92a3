import { describe, expect, test } from '@jest/globals'
import {
  doubted,
  FADE_HALF_LIFE_MS,
  faded,
  isAlarmed,
  NOTHING_KNOWN,
  observed,
  reputationOf,
  takenBack,
  type Posterior,
} from '../../../behaviour/servers/posterior.ts'

const NOW = 1_800_000_000_000
const SECOND = 1_000

/** Outcomes a second apart, `s` or `f` each, with the alarm's consequence as the fold draws it. */
function after(word: string, start: Posterior = NOTHING_KNOWN, fromMs = NOW): Posterior {
  let known = start
  Array.from(word).forEach((letter, i) => {
    const success = letter === 's' ? 1 : 0
    known = observed(known, { success, fit: undefined, weight: 1 }, fromMs + i * SECOND)
    if (isAlarmed(known)) known = doubted(known)
  })
  return known
}

const meanOf = (known: Posterior, nowMs = NOW): number => reputationOf(known, undefined, nowMs).mean

describe('the reputation of a server with a group', () => {
  test('nobody knows a new server: hopeful, and wide', () => {
    const { mean, deviation, strength, fit } = reputationOf(undefined, undefined, NOW)
    expect(mean).toBeCloseTo(0.667, 3)
    expect(deviation).toBeCloseTo(0.236, 3)
    expect([strength, fit]).toEqual([0, 0.5])
  })

  test('successes make it sure, and nothing older than some 64 outcomes weighs', () => {
    const known = after('s'.repeat(500))
    expect(known.alpha).toBeGreaterThan(55)
    expect(known.alpha).toBeLessThanOrEqual(64)
    expect(meanOf(known)).toBeGreaterThan(0.97)
  })

  test('a good server that turns bad is known as bad within a dozen outcomes', () => {
    const good = after('s'.repeat(500))
    const means = [3, 6, 12].map((n) => meanOf(after('f'.repeat(n), good), NOW))
    expect(means[0]).toBeLessThan(0.88)
    expect(means[1]).toBeLessThan(0.7)
    expect(means[2]).toBeLessThan(0.45)
  })

  test('single failures of a good server neither alarm nor hurt', () => {
    const known = after(`${'s'.repeat(49)}f`.repeat(10))
    expect(meanOf(known)).toBeGreaterThan(0.93)
    expect(known.alpha + known.beta).toBeGreaterThan(50)
  })

  test('of ordinary outcomes one in a thousand alarms at most', () => {
    let alarms = 0
    let known = NOTHING_KNOWN
    let state = 7
    for (let i = 0; i < 100_000; i += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      const success = state / 2 ** 32 < 0.98 ? 1 : 0
      known = observed(known, { success, fit: undefined, weight: 1 }, NOW + i * SECOND)
      if (!isAlarmed(known)) continue
      alarms += 1
      known = doubted(known)
    }
    expect(alarms).toBeLessThanOrEqual(100)
  })

  test('a bad one fades to a new one, and is tried again', () => {
    const bad = after('f'.repeat(100))
    expect(meanOf(bad)).toBeLessThan(0.05)
    const later = NOW + 100 * SECOND + 6 * FADE_HALF_LIFE_MS
    expect(meanOf(bad, later)).toBeGreaterThan(0.45)
    expect(reputationOf(bad, undefined, later).deviation).toBeGreaterThan(0.2)
  })

  test('an incident takes back the success it followed, and no more than is left of it', () => {
    const known = after('s'.repeat(20))
    const end = NOW + 20 * SECOND
    const soon = takenBack(known, 1, end, end)
    expect(faded(known, end).alpha - soon.alpha).toBeCloseTo(1, 6)
    const later = end + FADE_HALF_LIFE_MS
    expect(faded(known, later).alpha - takenBack(known, 1, end, later).alpha).toBeCloseTo(0.5, 6)
    expect(takenBack(NOTHING_KNOWN, 1, end, end).alpha).toBe(0)
  })

  test('what other groups say of a server stands in for what a group does not know', () => {
    const bad = after('f'.repeat(60))
    const unknownHere = reputationOf(undefined, bad, NOW)
    expect(unknownHere.mean).toBeLessThan(0.1)
    const goodHere = reputationOf(after('s'.repeat(60)), bad, NOW)
    expect(goodHere.mean).toBeGreaterThan(0.9)
  })

  test('time that runs backwards changes nothing', () => {
    const known = after('ss')
    expect(faded(known, NOW - 1)).toBe(known)
  })
})

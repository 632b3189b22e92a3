import { halfSpaceTrees } from '../../behaviour/models/half-space-trees.ts'
import { decayNats, EVIDENCE_FLOOR, EVIDENCE_HALF_LIFE_MS } from '../../behaviour/decay.ts'
import { FAILED_VALID, SUCCEEDED } from '../../behaviour/evidence/ssh-attempt.ts'
import { clientEntity } from '../../lib/client-entity.ts'
import { seededDraw } from '../../lib/seeded-draw.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type ClientDay, type Witness } from './client-days.ts'

const DAY_US = 86_400_000_000
const TEN_MINUTES_US = 600_000_000
/** ln(0.99 / 1e-3): the alarm of behaviour-models 4.5. */
const SPRT_ALARM = 6.9

/** Rules others use, on the very same attempts: alarmed client-days by `CLIENT#DAY`. */
export interface Baseline {
  readonly name: string
  readonly witness: Witness
  readonly alarmed: ReadonlySet<string>
}

export function dayKey(client: string, day: number): string {
  return `${client}#${day}`
}

/** `failures` within `windowUs`: fail2ban's rule with maxretry and findtime. */
export function failureCount(name: string, failures: number, windowUs: number): Baseline {
  const recent = new Map<string, number[]>()
  return ofAttempts(name, (client, failed, at) => {
    if (!failed) return false
    const times = (recent.get(client) ?? []).filter((time) => at - time < windowUs)
    times.push(at)
    recent.set(client, times.slice(-failures))
    return times.length >= failures
  })
}

export function fail2ban(): Baseline {
  return failureCount('fail2ban, 5 in 10 min', 5, TEN_MINUTES_US)
}

export function threeADay(): Baseline {
  return failureCount('3 failures in a day', 3, DAY_US)
}

/** Wald's test on outcomes alone: no names, no fingerprints, no population. */
export function sprtAlone(): Baseline {
  const states = new Map<string, { s: number; at: number }>()
  return ofAttempts('SPRT on outcomes alone', (client, failed, at) => {
    const state = states.get(client) ?? { s: 0, at }
    const kept = decayNats(state.s, (at - state.at) / 1000, EVIDENCE_HALF_LIFE_MS.ssh)
    const s = Math.max(EVIDENCE_FLOOR, kept + (failed ? FAILED_VALID : SUCCEEDED))
    states.set(client, { s, at })
    return s >= SPRT_ALARM
  })
}

function ofAttempts(
  name: string,
  alarms: (client: string, failed: boolean, at: number) => boolean,
): Baseline {
  const alarmed = new Set<string>()
  return {
    name,
    alarmed,
    witness(any: AnyRecord): void {
      if (any.type !== 'SshAuthAttempt' || any.record.result === 'closed-before') return
      const { clientAddress, observedAt, result } = any.record
      const client = clientEntity(clientAddress)
      if (!alarms(client, result === 'failed', observedAt)) return
      alarmed.add(dayKey(client, Math.floor(observedAt / DAY_US)))
    },
  }
}

/**
 * Half-Space Trees alone over what a client-day came to, learned on the days before `testFrom` as they
 * came: attempts, failures, connections, share of failures. Scores in the order of the days given.
 */
export function halfSpaceScores(
  days: readonly ClientDay[],
  testFrom: number,
  seed: string,
): readonly { readonly day: ClientDay; readonly score: number }[] {
  const trees = halfSpaceTrees({ dimensions: 4, draw: seededDraw(seed) })
  const scored: { day: ClientDay; score: number }[] = []
  for (const day of [...days].sort((a, b) => a.day - b.day)) {
    const point = Float64Array.of(
      squeezed(day.attempts),
      squeezed(day.failures),
      squeezed(day.connections),
      day.attempts === 0 ? 0.5 : day.failures / day.attempts,
    )
    if (day.day >= testFrom) scored.push({ day, score: trees.score(point) })
    else trees.learn(point)
  }
  return scored
}

/** Counts to [0, 1): 10 is one half. */
function squeezed(count: number): number {
  return count / (count + 10)
}

import { featureOf } from '../evidence/features.ts'
import { type Protocol } from '../population-view.ts'
import { CRITICAL_FROM, type Calibration } from './conformal.ts'
import { type WeighedRow } from './merge-evidence.ts'

/** What the caps need to know of the entity. Times in microseconds since 1970, as in records. */
export interface CapContext {
  /** The address is known to serve many users or stacks. */
  readonly shared: boolean
  /** Only the address is judged, not client and fingerprint together. */
  readonly clientOnly: boolean
  readonly lastSuccessAt: number | null
  /** An operator's deny list names the client. */
  readonly operatorListed?: boolean
  readonly now: number
  /**
   * Client-days the population table knows of this protocol (its `global` row's `total`). Below
   * 2,000, and when left out, this is a cold start.
   */
  readonly population?: number
  /** Trusted client-days like this one; left out where none were gathered. */
  readonly calibration?: Calibration | undefined
}

export type CapName = 'cold-start' | 'shared-address' | 'recent-login' | 'one-voice'

export interface Cap {
  readonly name: CapName
  readonly value: number
}

/** Values just below the bands, so that the band is kept too. */
const CAPS: Readonly<Record<CapName, Readonly<Record<Protocol, number>>>> = {
  'cold-start': { ssh: 69, tls: 0.6 },
  'shared-address': { ssh: 69, tls: 0.74 },
  'recent-login': { ssh: 89, tls: 0.97 },
  'one-voice': { ssh: 89, tls: 0.97 },
}

/** Client-days of history before rarity and baselines mean anything (behaviour-models 4.10). */
export const COLD_START_TOTAL = 2_000
/** S = ln 1e5: the only assumed ground for critical; the calibrated one is n ≥ 10,000 (behaviour-models 4.8). */
const CRITICAL_NATS = 11.5
const ALARM_NATS = 9.2
const THIRTY_DAYS_US = 30 * 86_400 * 1e6

/** The lowest cap that holds `mapped` down, or null. */
export function capOf(
  protocol: Protocol,
  mapped: number,
  evidence: number,
  families: number,
  rows: readonly WeighedRow[],
  context: CapContext,
): Cap | null {
  let lowest: Cap | null = null
  for (const name of capsInForce(evidence, families, rows, context)) {
    const value = CAPS[name][protocol]
    if (value < mapped && (lowest === null || value < lowest.value)) lowest = { name, value }
  }
  return lowest
}

function capsInForce(
  evidence: number,
  families: number,
  rows: readonly WeighedRow[],
  context: CapContext,
): readonly CapName[] {
  const listed = context.operatorListed === true
  const decoy = rows.some(({ feature, nats }) => feature === 's_decoy' && nats > 0)
  const hard = rows.some(({ feature, nats }) => nats > 0 && featureOf(feature)?.hard === true)
  const cold = (context.population ?? 0) < COLD_START_TOTAL
  const caps: CapName[] = []
  if (cold && !hard && !listed && evidence < ALARM_NATS) caps.push('cold-start')
  if (context.shared && context.clientOnly && !listed) caps.push('shared-address')
  if (recentLogin(context) && !listed && !decoy) caps.push('recent-login')
  const ground = evidence >= CRITICAL_NATS || (context.calibration?.n ?? 0) >= CRITICAL_FROM
  if (!ground || families < 2) caps.push('one-voice')
  return caps
}

function recentLogin({ lastSuccessAt, now }: CapContext): boolean {
  return lastSuccessAt !== null && now - lastSuccessAt <= THIRTY_DAYS_US
}

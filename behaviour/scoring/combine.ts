import { type Contribution, type Score } from '../../schemas/generated/records.ts'
import { EVIDENCE_FLOOR } from '../decay.ts'
import { type Evidence } from '../evidence/evidence.ts'
import { type Protocol } from '../population-view.ts'
import { capOf, type CapContext, type CapName } from './caps.ts'
import { conformalP } from './conformal.ts'
import { explain } from './explain.ts'
import { mergeEvidence, type WeighedRow } from './merge-evidence.ts'
import {
  sshBand,
  sshRiskFromEvidence,
  tlsBand,
  tlsScoreFromEvidence,
  valueOfP,
} from './score-map.ts'

/** What one entity is judged by. */
export interface CombineInput {
  readonly protocol: Protocol
  /** Sequential evidence S in nats, already decayed to `context.now`. */
  readonly priorNats: number
  /** What that S is made of, decayed alike; what it does not explain is shown as `history`. */
  readonly priorContributions?: readonly Contribution[]
  /** Evidence of the handshake in hand, not yet in S. */
  readonly evidence: readonly Evidence[]
  readonly context: CapContext
}

/** What a score says. */
export interface Assessment {
  /** TLS 0..1, SSH risk 0..100. */
  readonly value: number
  readonly band: Score['band']
  /** S with the evidence in hand, nats. */
  readonly evidence: number
  /** Evidence families with at least a fifth of what speaks for hostile. */
  readonly families: readonly string[]
  /** The rule that held the value down. */
  readonly cap: CapName | null
  readonly ground: Score['ground']
  /** Conformal p-value; null while nothing is calibrated. */
  readonly p: number | null
}

/** A score and all that explains it. */
export interface Combined extends Assessment {
  /** Largest first; their points sum to `value` within 0.5. */
  readonly contributions: readonly Contribution[]
}

/**
 * S, the evidence in hand, the greater of the SPRT map and the conformal one, and the caps
 * (architecture 6, behaviour-models 4.8). The ground is `assumed` until enough client-days are known.
 * Pure: the stream and the routing API both use it.
 */
export function combine(input: CombineInput): Combined {
  const { protocol } = input
  const rows = mergeEvidence(input.priorNats, input.priorContributions ?? [], input.evidence)
  const assessed = assess(protocol, rows, input.context)
  const contributions = explain(
    rows,
    scaleOf(protocol),
    assessed,
    input.context.calibration?.n ?? 0,
  )
  return { ...assessed, contributions }
}

/** The same judgement without its explanation: most of them change no score and are told to nobody. */
export function assess(
  protocol: Protocol,
  rows: readonly WeighedRow[],
  context: CapContext,
): Assessment {
  const sum = rows.reduce((total, { nats }) => total + nats, 0)
  const evidence = Math.max(EVIDENCE_FLOOR, sum)
  const p = conformalOf(evidence, context)
  const assumed = scaleOf(protocol)(evidence)
  const mapped = p === null ? assumed : Math.max(assumed, valueOfP(protocol, p))
  const families = familiesOf(rows)
  const cap = capOf(protocol, mapped, evidence, families.length, rows, context)
  const value = cap === null ? mapped : cap.value
  const band = protocol === 'ssh' ? sshBand(value) : tlsBand(value)
  const ground = p === null ? 'assumed' : 'calibrated'
  return { value, band, evidence, families, cap: cap?.name ?? null, ground, p }
}

/** What does not speak against a client is no matter of rarity. */
function conformalOf(evidence: number, { calibration }: CapContext): number | null {
  if (calibration === undefined) return null
  const p = conformalP(evidence, calibration)
  if (p === undefined) return null
  return evidence > 0 ? p : 1
}

function scaleOf(protocol: Protocol): (nats: number) => number {
  return protocol === 'ssh' ? sshRiskFromEvidence : tlsScoreFromEvidence
}

function familiesOf(rows: readonly WeighedRow[]): readonly string[] {
  const sums = new Map<string, number>()
  let total = 0
  for (const { family, nats } of rows) {
    if (nats <= 0) continue
    total += nats
    if (family !== null) sums.set(family, (sums.get(family) ?? 0) + nats)
  }
  const families: string[] = []
  for (const [family, nats] of sums) if (nats >= 0.2 * total) families.push(family)
  return families
}

import { type Contribution, type Score } from '../../schemas/generated/records.ts'
import { EVIDENCE_FLOOR } from '../decay.ts'
import { type Evidence } from '../evidence/evidence.ts'
import { type Protocol } from '../population-view.ts'
import { capOf, type CapContext, type CapName } from './caps.ts'
import { explain } from './explain.ts'
import { mergeEvidence } from './merge-evidence.ts'
import { sshBand, sshRiskFromEvidence, tlsBand, tlsScoreFromEvidence } from './score-map.ts'

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

/** A score and all that explains it. */
export interface Combined {
  /** TLS 0..1, SSH risk 0..100. */
  readonly value: number
  readonly band: Score['band']
  readonly ground: Score['ground']
  /** Conformal p-value; null while nothing is calibrated. */
  readonly p: number | null
  /** S with the evidence in hand, nats. */
  readonly evidence: number
  /** Evidence families with at least a fifth of what speaks for hostile. */
  readonly families: readonly string[]
  /** Largest first; their points sum to `value` within 0.5. */
  readonly contributions: readonly Contribution[]
  /** The rule that held the value down. */
  readonly cap: CapName | null
}

/**
 * S, the evidence in hand, the SPRT map and the caps (architecture 6, behaviour-models 4.8). The
 * ground is `assumed` until calibration exists. Pure: the stream and the routing API both use it.
 */
export function combine(input: CombineInput): Combined {
  const rows = mergeEvidence(input.priorNats, input.priorContributions ?? [], input.evidence)
  const evidence = Math.max(
    EVIDENCE_FLOOR,
    rows.reduce((sum, row) => sum + row.nats, 0),
  )
  const toValue = input.protocol === 'ssh' ? sshRiskFromEvidence : tlsScoreFromEvidence
  const mapped = toValue(evidence)
  const families = familiesOf(rows)
  const cap = capOf(input.protocol, mapped, evidence, families.length, rows, input.context)
  const value = cap === null ? mapped : cap.value
  return {
    value,
    band: input.protocol === 'ssh' ? sshBand(value) : tlsBand(value),
    ground: 'assumed',
    p: null,
    evidence,
    families,
    contributions: explain(rows, toValue, value),
    cap: cap?.name ?? null,
  }
}

function familiesOf(rows: ReturnType<typeof mergeEvidence>): readonly string[] {
  const sums = new Map<string, number>()
  let total = 0
  for (const { family, nats } of rows) {
    if (nats <= 0) continue
    total += nats
    if (family !== null) sums.set(family, (sums.get(family) ?? 0) + nats)
  }
  return [...sums].filter(([, nats]) => nats >= 0.2 * total).map(([family]) => family)
}

import { type Score } from '../../schemas/generated/records.ts'
import { type Protocol } from '../population-view.ts'

export type Band = Score['band']

type Knot = readonly [nats: number, value: number]

/**
 * SPRT map of the SSH risk: alarm bounds ln(1/alpha) at the false-positive budgets of the bands,
 * 5 % → 30, 0.1 % → 70, 0.01 % → 90, 1e-5 → 95, 1e-6 → 100 (architecture 6.6, behaviour-models 4.8).
 */
const SSH: readonly Knot[] = [
  [0, 5],
  [3, 30],
  [6.9, 70],
  [9.2, 90],
  [11.5, 95],
  [13.8, 100],
]

/** The same budgets on the TLS scale: -log10(p) / 4, so 1 in 1,000 is 0.75 and 1 in 10,000 is 1. */
const TLS: readonly Knot[] = [
  [0, 0],
  [6.9, 0.75],
  [9.2, 1],
]

/** The same bands from a conformal p-value: 5 % is 30, 0.1 % is 70, 0.01 % is 90 (behaviour-models 4.8). */
const SSH_OF_P: readonly Knot[] = [
  [0, 5],
  [-Math.log10(0.05), 30],
  [3, 70],
  [4, 90],
  [6, 100],
]
const TLS_OF_P: readonly Knot[] = [
  [0, 0],
  [4, 1],
]

/** The value a conformal p-value stands for on a protocol's scale, before any cap. */
export function valueOfP(protocol: Protocol, p: number): number {
  return interpolate(protocol === 'ssh' ? SSH_OF_P : TLS_OF_P, -Math.log10(p))
}

/** SSH risk 5..100 of sequential evidence in nats, before any cap. Monotone, piecewise linear. */
export function sshRiskFromEvidence(nats: number): number {
  return interpolate(SSH, nats)
}

/** TLS anomaly score 0..1 of sequential evidence in nats, before any cap. */
export function tlsScoreFromEvidence(nats: number): number {
  return interpolate(TLS, nats)
}

/** The value of sequential evidence on a protocol's scale, before any cap. */
export function valueOfEvidence(protocol: Protocol, nats: number): number {
  return protocol === 'ssh' ? sshRiskFromEvidence(nats) : tlsScoreFromEvidence(nats)
}

/** Bands of the SSH risk: [0,30) low, [30,70) medium, [70,90] high, above 90 critical. */
export function sshBand(risk: number): Band {
  if (risk > 90) return 'critical'
  if (risk >= 70) return 'high'
  return risk >= 30 ? 'medium' : 'low'
}

/** Bands of the TLS score at the same budgets: 5 % is 0.325, 0.1 % is 0.75, 0.01 % or rarer is 1. */
export function tlsBand(score: number): Band {
  if (score >= 1) return 'critical'
  if (score >= 0.75) return 'high'
  return score >= 0.325 ? 'medium' : 'low'
}

function interpolate(knots: readonly Knot[], nats: number): number {
  let [x0, y0] = knots[0] ?? [0, 0]
  if (!(nats > x0)) return y0
  for (let i = 1; i < knots.length; i += 1) {
    const x = knots[i]?.[0] ?? x0
    const y = knots[i]?.[1] ?? y0
    if (nats < x) return y0 + ((y - y0) * (nats - x0)) / (x - x0)
    x0 = x
    y0 = y
  }
  return y0
}

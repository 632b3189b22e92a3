import { sshRiskFromEvidence } from '../../behaviour/scoring/score-map.ts'

/** Nats at which the risk map ends. */
const MOST = 13.8
const HALVINGS = 40

/** What a challenge sequence may take off (architecture 6.5), and may add (behaviour-models 4.8), nats. */
export const SOLVING_MOST = -2.5
export const FAILING_MOST = 4

/** Evidence in nats that the risk map gives this risk: the map read backwards. */
export function natsOfRisk(risk: number): number {
  let [low, high] = [0, MOST]
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = (low + high) / 2
    if (sshRiskFromEvidence(middle) < risk) low = middle
    else high = middle
  }
  return high < 1e-6 ? 0 : high
}

/** Risk of a beginning and what a sequence added to it, held below `ceiling`. */
export function riskAfter(
  baseNats: number,
  raised: number,
  lowered: number,
  ceiling: number,
): number {
  const change = raised + Math.max(SOLVING_MOST, lowered)
  const held = Math.min(FAILING_MOST, Math.max(SOLVING_MOST, change))
  return Math.min(ceiling, sshRiskFromEvidence(baseNats + held))
}

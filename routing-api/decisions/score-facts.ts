import { sshRiskFromEvidence, tlsScoreFromEvidence } from '../../behaviour/scoring/score-map.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { type Contribution, type Score } from '../../schemas/generated/records.ts'

/** A score as decisions read it: compact, with the contributions fetched only when somebody asks. */
export interface ScoreFacts {
  readonly entity: string
  readonly kind: Score['kind']
  readonly protocol: Protocol
  /** As published: TLS 0..1, SSH 0..100. */
  readonly value: number
  /** S in nats as of asOfMs. */
  readonly evidence: number
  readonly asOfMs: number
  readonly halfLifeMs: number
  readonly validUntilMs: number
  readonly lastSuccessAtMs: number | null
  /** Highest value of lately, since the last proof; as published. */
  readonly peak: number
  readonly shared: boolean
  readonly ground: Score['ground']
  readonly families: readonly string[]
  readonly cap: string | null
  readonly modelVersion: string
  readonly contributions: () => readonly Contribution[]
}

/** Where decisions look scores up: synchronous, in memory. */
export interface ScoreLookup {
  find(entity: string): ScoreFacts | undefined
}

export const NO_SCORES: ScoreLookup = { find: () => undefined }

/** A score at the moment of a decision. */
export interface CurrentScore {
  readonly facts: ScoreFacts
  readonly value: number
  /** S in nats, now. */
  readonly evidence: number
  /** Time since the evidence was current, milliseconds, never negative. */
  readonly ageMs: number
  /** How much of the evidence time has left, 0 to 1. */
  readonly left: number
  /** Highest value of lately, now: it fades half as fast as the value, and ends with a proof. */
  readonly peak: number
}

/**
 * Decays a score to now by its half-life. The value falls as the map of its evidence falls, so that a
 * calibrated value keeps its distance from the assumed one. Undefined once it is no longer valid.
 */
export function currentScore(facts: ScoreFacts, nowMs: number): CurrentScore | undefined {
  if (nowMs > facts.validUntilMs) return undefined
  const ageMs = Math.max(0, nowMs - facts.asOfMs)
  const left = facts.halfLifeMs > 0 ? 2 ** (-ageMs / facts.halfLifeMs) : 1
  const evidence = facts.evidence * left
  const then = valueOf(facts.protocol, facts.evidence)
  const ratio = then > 0 ? valueOf(facts.protocol, evidence) / then : left
  const value = facts.value * Math.min(1, ratio)
  const peak = Math.max(value, facts.peak * Math.sqrt(left))
  return { facts, value, evidence, ageMs, left, peak }
}

/** The score map of a protocol: nats to its scale. */
export function valueOf(protocol: Protocol, nats: number): number {
  return protocol === 'tls' ? tlsScoreFromEvidence(nats) : sshRiskFromEvidence(nats)
}

import { type FeatureId } from './features.ts'

/** P(failure | hostile), P(failure | benign), P(name invalid | ...) likewise: behaviour-models 4.5. */
const FAILURE = { hostile: 0.95, benign: 0.1 } as const
const INVALID = { hostile: 0.5, benign: 0.01 } as const

/** Two failures with invalid names alarm at 1e-4, one never does. */
const CLIP = 4.7
const KNOWN_SHARE = 0.35
/** Failures with one name, and none in between with another, that its success makes mistypes. */
export const MISTYPES = 2
/** Successes with a name from this client after which its failures are mistakes. */
const KNOWN_AFTER = 3
const DECOY_NATS = 4.6

const FAILED = Math.log(FAILURE.hostile / FAILURE.benign)

/** +1.57 nats. */
export const FAILED_VALID = FAILED + Math.log((1 - INVALID.hostile) / (1 - INVALID.benign))
/** What a failure with a name that then logs in, or often did, is left to weigh: +0.35 nats. */
export const MISTYPED = Math.min(KNOWN_SHARE * FAILED_VALID, KNOWN_SHARE)
/** +6.16 nats, clipped to +4.7. */
export const FAILED_INVALID = Math.min(CLIP, FAILED + Math.log(INVALID.hostile / INVALID.benign))
/** -2.89 nats. */
export const SUCCEEDED = Math.log((1 - FAILURE.hostile) / (1 - FAILURE.benign))

/** What is known of one attempt and its client's history with the name. */
export interface AttemptFacts {
  readonly result: 'failed' | 'accepted'
  readonly userExists: boolean | null
  readonly decoy: boolean
  /** Successes of this client with this name before. */
  readonly earlierSuccesses: number
  /** The name was refused on this connection just before, once or twice. */
  readonly retyped: boolean
  /** The program (or, where no fingerprint is known, the address) is new for this name and no key proved it. */
  readonly newForUser: boolean
}

export interface AttemptEvidence {
  readonly feature: FeatureId
  /** Nats in [-2.89, 9.3]. */
  readonly nats: number
}

/**
 * Log-likelihood ratio of one authentication attempt (behaviour-models 4.5). That a name does not exist
 * is said once on a connection: the next two passwords for it weigh 0.35 nats each. A success of a program
 * new for the name weighs nothing: a lucky guess is not absolution. A name whose existence the log
 * does not tell counts as valid.
 */
export function attemptEvidence(facts: AttemptFacts): readonly AttemptEvidence[] {
  const decoy: readonly AttemptEvidence[] = facts.decoy
    ? [{ feature: 's_decoy', nats: DECOY_NATS }]
    : []
  if (facts.result === 'accepted') {
    if (facts.newForUser || facts.decoy) return decoy
    return [{ feature: 's_success', nats: SUCCEEDED }]
  }
  const invalid = facts.userExists === false
  // A name typed wrong is refused as often as the client asks for its password: one mistake, not three.
  const typo = invalid && facts.retyped
  if (typo) return [...decoy, { feature: 's_fail_inv', nats: MISTYPED }]
  const nats = invalid ? FAILED_INVALID : FAILED_VALID
  if (facts.earlierSuccesses >= KNOWN_AFTER) {
    return [...decoy, { feature: 's_fail_known', nats: Math.min(KNOWN_SHARE * nats, KNOWN_SHARE) }]
  }
  return [...decoy, { feature: invalid ? 's_fail_inv' : 's_fail', nats }]
}

/** One failure the tap inferred from packet sizes: as a valid name's, weighed by confidence 0 to 1. */
export function inferredFailure(confidence: number): number {
  return FAILED_VALID * Math.min(1, Math.max(0, confidence))
}

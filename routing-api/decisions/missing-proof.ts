import { EVIDENCE_HALF_LIFE_MS } from '../../behaviour/decay.ts'
import { SUCCEEDED } from '../../behaviour/evidence/ssh-attempt.ts'
import { valueOfEvidence } from '../../behaviour/scoring/score-map.ts'

/** Something that would change the answer, and how. */
export interface Missing {
  readonly what: string
  readonly effect: string
}

/** What is held against a client, nats. */
export interface Held {
  readonly evidence: number
  /** The part of it that no proof takes off. */
  readonly standing: number
}

const PROOF_NATS = -SUCCEEDED
const MOST_PROOFS = 20

/**
 * What is still missing until a suspected TLS client is served as an ordinary one: how many proofs, or
 * that none will do and what else would. Waiting is not among it.
 */
export function missingProof({ evidence, standing }: Held, threshold: number): readonly Missing[] {
  const bound = thresholdNats(threshold)
  const proofs = proofsNeeded(evidence, bound)
  if (standing >= bound) {
    const hours = EVIDENCE_HALF_LIFE_MS.tls / 3_600_000
    return [
      {
        what: 'an operator allows the address, or reports a false positive',
        effect: `${standing.toFixed(1)} nats are of what no proof takes off; they fade by half in ${hours} hours without more`,
      },
    ]
  }
  const one = proofs === 1
  return [
    {
      what: one
        ? 'one authenticated or application exchange'
        : `${proofs} authenticated or application exchanges`,
      effect: `${one ? 'it takes' : 'each takes'} ${PROOF_NATS.toFixed(1)} nats off ${evidence.toFixed(1)}; the threshold of ${threshold.toFixed(2)} is at ${bound.toFixed(1)}`,
    },
  ]
}

function proofsNeeded(evidence: number, bound: number): number {
  for (let proofs = 1; proofs < MOST_PROOFS; proofs += 1) {
    if (evidence - proofs * PROOF_NATS < bound) return proofs
  }
  return MOST_PROOFS
}

/** Least evidence at which a value is reached; the map is monotone. */
function thresholdNats(threshold: number): number {
  let [low, high] = [0, 32]
  for (let step = 0; step < 24; step += 1) {
    const middle = (low + high) / 2
    if (valueOfEvidence('tls', middle) >= threshold) high = middle
    else low = middle
  }
  return high
}

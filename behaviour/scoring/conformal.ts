/**
 * Split conformal calibration (behaviour-models 4.8): how many of the trusted client-days looked at
 * least as hostile as this client does. Under exchangeability P(p ≤ α) ≤ α, whatever the evidence is.
 */
export interface Calibration {
  /** Trusted client-days behind it. */
  readonly n: number
  /** Their greatest evidence, nats, descending, at the ranks of `RANKS` that are at most n. */
  readonly knots: readonly number[]
}

/** Client-days before p-values mean anything at the bands that act. */
export const CALIBRATED_FROM = 1_000
/** Client-days before a p-value may be the only ground for critical. */
export const CRITICAL_FROM = 10_000
/** Client-days that are kept; older ones give way. */
export const MOST_CALIBRATION = 10_000

/** The first 32 ranks, where alarms are decided, then every fourth more: what is told of a ring. */
export const RANKS: readonly number[] = ranks()

function ranks(): readonly number[] {
  const found: number[] = []
  for (
    let rank = 1;
    rank <= MOST_CALIBRATION;
    rank = rank < 32 ? rank + 1 : Math.ceil(1.25 * rank)
  ) {
    found.push(rank)
  }
  return found
}

/** What is told of calibration values in any order. */
export function calibrationOf(values: Float32Array): Calibration {
  const sorted = values.slice().sort().reverse()
  const knots: number[] = []
  for (const rank of RANKS) {
    const value = sorted[rank - 1]
    if (value !== undefined) knots.push(value)
  }
  return { n: sorted.length, knots }
}

/**
 * (1 + #{A_i ≥ A}) / (n + 1), never smaller than that: between two knots the count of the lower one
 * stands. Undefined below 1,000 client-days.
 */
export function conformalP(evidence: number, { n, knots }: Calibration): number | undefined {
  if (n < CALIBRATED_FROM) return undefined
  const below = knots.findIndex((knot) => knot < evidence)
  const count = below < 0 ? n : (RANKS[below] ?? n + 1) - 1
  return (1 + count) / (n + 1)
}

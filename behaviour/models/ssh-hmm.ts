/**
 * Hidden Markov model of SSH behaviour (behaviour-models 4.6): who is behind a client changes seldom,
 * what it does tells who. States and symbols are few, so that one step is a dozen multiplications.
 */

export const SSH_STATES = ['interactive', 'automation', 'reconnaissance', 'brute force'] as const
export type SshState = (typeof SSH_STATES)[number]

export type SshSymbolKind = 'accepted' | 'failed' | 'failed-invalid' | 'left'

/** Four probabilities, in the order of the states; they sum to 1. */
export type Posterior = readonly [number, number, number, number]

/** Parameters: rows sum to 1. */
export interface HmmParameters {
  readonly initial: Posterior
  /** From each state to each. */
  readonly transition: readonly [Posterior, Posterior, Posterior, Posterior]
  /** Of each state, by kind of symbol: the three gaps before it (< 10 s, < 10 min, longer). */
  readonly emission: readonly [EmissionRow, EmissionRow, EmissionRow, EmissionRow]
}

export type EmissionRow = Readonly<Record<SshSymbolKind, readonly [number, number, number]>>

/** Shares of "left without authentication" among what a state does: as 4.5's .02 and .30, split. */
const LEFT = { interactive: 0.02, automation: 0.02, reconnaissance: 0.4, bruteForce: 0.15 } as const

/** Shipped parameters, tried on real logs (behaviour-models 4.6); the fourth kind is ours. */
export const SHIPPED: HmmParameters = {
  initial: [0.8, 0.15, 0.025, 0.025],
  transition: [
    [0.99, 0.006, 0.002, 0.002],
    [0.004, 0.994, 0.001, 0.001],
    [0.004, 0.001, 0.945, 0.05],
    [0.002, 0.001, 0.017, 0.98],
  ],
  emission: [
    row(
      [0.18, 0.02, 0.7],
      [0.055, 0.005, 0.033],
      [0.003, 0.001, 0.003],
      LEFT.interactive,
      [0.1, 0.1, 0.8],
    ),
    row(
      [0.05, 0.2, 0.742],
      [0.002, 0.002, 0.003],
      [0.0003, 0.0003, 0.0004],
      LEFT.automation,
      [0.1, 0.3, 0.6],
    ),
    row(
      [0.002, 0.002, 0.006],
      [0.08, 0.12, 0.15],
      [0.24, 0.2, 0.2],
      LEFT.reconnaissance,
      [0.5, 0.3, 0.2],
    ),
    row(
      [0.002, 0.002, 0.006],
      [0.16, 0.14, 0.2],
      [0.17, 0.14, 0.18],
      LEFT.bruteForce,
      [0.5, 0.25, 0.25],
    ),
  ],
}

type Gaps = readonly [number, number, number]

function row(accepted: Gaps, failed: Gaps, invalid: Gaps, left: number, gaps: Gaps): EmissionRow {
  const rest = 1 - left
  const scaled = (values: Gaps, by: number): Gaps => [
    values[0] * by,
    values[1] * by,
    values[2] * by,
  ]
  return {
    accepted: scaled(accepted, rest),
    failed: scaled(failed, rest),
    'failed-invalid': scaled(invalid, rest),
    left: scaled(gaps, left),
  }
}

const SHORT_MS = 10_000
const MIDDLE_MS = 600_000

/** Which of the three gaps: 0, 1 or 2. The first symbol of a client has no gap and counts as long. */
export function gapOf(sinceMs: number | undefined): 0 | 1 | 2 {
  if (sinceMs === undefined || sinceMs >= MIDDLE_MS) return 2
  return sinceMs < SHORT_MS ? 0 : 1
}

/** One forward step: p'_j ∝ E_j(symbol) Σ_i p_i A_ij. Of a client never seen, `before` is undefined. */
export function forward(
  before: Posterior | undefined,
  kind: SshSymbolKind,
  gap: 0 | 1 | 2,
  { initial, transition, emission }: HmmParameters = SHIPPED,
): Posterior {
  const weigh = (j: 0 | 1 | 2 | 3): number => {
    const prior =
      before === undefined
        ? initial[j]
        : before[0] * transition[0][j] +
          before[1] * transition[1][j] +
          before[2] * transition[2][j] +
          before[3] * transition[3][j]
    return prior * emission[j][kind][gap]
  }
  const weights: Posterior = [weigh(0), weigh(1), weigh(2), weigh(3)]
  const sum = weights[0] + weights[1] + weights[2] + weights[3]
  if (!(sum > 0)) return before ?? initial
  return [weights[0] / sum, weights[1] / sum, weights[2] / sum, weights[3] / sum]
}

/** P(reconnaissance or brute force). */
export function hostileShare(posterior: Posterior): number {
  return posterior[2] + posterior[3]
}

/** The likeliest state and how likely it is. */
export function likeliest(posterior: Posterior): { readonly state: SshState; readonly p: number } {
  let best: 0 | 1 | 2 | 3 = 0
  for (const j of [1, 2, 3] as const) if (posterior[j] > posterior[best]) best = j
  return { state: SSH_STATES[best], p: posterior[best] }
}

/** Evidence of the hidden state alone, nats in [-3, 6]; it repeats the outcomes' and is not added to S. */
export function hmmNats(posterior: Posterior): number {
  const s = Math.min(1 - 1e-9, Math.max(1e-9, hostileShare(posterior)))
  const nats = Math.log(s / (1 - s)) - Math.log(0.05 / 0.95)
  return Math.min(6, Math.max(-3, nats))
}

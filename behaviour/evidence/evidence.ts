/** Voices that do not repeat one another: two of them must agree before anything critical. */
export type EvidenceFamily =
  'outcomes' | 'names' | 'fingerprint' | 'randomness' | 'rate' | 'churn' | 'probe' | 'challenge'

/** One log-likelihood ratio, and what a person needs to believe it. */
export interface Evidence {
  /** Id of the feature, as in behaviour-models: t_fp_rarity, s_fail_inv ... */
  readonly feature: string
  readonly family: EvidenceFamily
  /** Natural-log likelihood ratio: positive speaks for hostile, negative for benign. */
  readonly nats: number
  readonly value: number
  readonly unit: string
  /** What is usual, where known. */
  readonly baseline: number | null
  /** One benign case in this many looks so, where known. */
  readonly oneIn: number | null
  /** One sentence for people, without the numbers repeated from value and baseline. */
  readonly text: string
}

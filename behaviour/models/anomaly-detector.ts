/** Scores points of features mapped to [0, 1], and learns from them: one interface for all detectors. */
export interface AnomalyDetector {
  /** Larger is stranger; comparable only with scores of the same detector. */
  score(point: Float64Array): number
  /** Takes a point for ordinary. */
  learn(point: Float64Array): void
  /** How much of the score each feature carries, for who explains it. */
  explain(point: Float64Array): Float64Array
}

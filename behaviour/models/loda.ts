import { type AnomalyDetector } from './anomaly-detector.ts'

/** Shape of the detector; `draw` gives numbers in [0, 1) that fix its projections for good. */
export interface LodaOptions {
  readonly dimensions: number
  readonly projections?: number
  readonly bins?: number
  /** What a point weighs after this many newer ones: half. */
  readonly halfLife?: number
  readonly draw: () => number
}

/**
 * LODA (Pevny, Machine Learning 102, 2016): one-dimensional histograms over sparse random
 * projections; the score is the mean of -ln p over them. A projection that leaves a feature out tells
 * what the score is without it, so it explains itself. State: projections × bins numbers.
 */
export function loda(options: LodaOptions): AnomalyDetector {
  const { dimensions, projections = 50, bins = 32, halfLife = 10_000, draw } = options
  const chosen = sparseProjections(dimensions, projections, draw)
  const counts = new Float64Array(projections * bins)
  const growth = 2 ** (1 / halfLife)
  // The weight of a new point grows instead of every old one fading.
  let weight = 1
  let total = 0

  function binOf(projection: number, point: Float64Array): number {
    const { features, weights, low, high } = chosen[projection] ?? NO_PROJECTION
    let z = 0
    for (let i = 0; i < features.length; i += 1)
      z += (weights[i] ?? 0) * (point[features[i] ?? 0] ?? 0)
    const share = (z - low) / (high - low)
    return Math.min(bins - 1, Math.max(0, Math.floor(share * bins)))
  }

  function surprise(projection: number, point: Float64Array): number {
    const count = counts[projection * bins + binOf(projection, point)] ?? 0
    return -Math.log((count + 0.5 * weight) / (total + 0.5 * weight * bins))
  }

  return {
    score(point): number {
      let sum = 0
      for (let p = 0; p < projections; p += 1) sum += surprise(p, point)
      return sum / projections
    },
    learn(point): void {
      for (let p = 0; p < projections; p += 1) {
        const at = p * bins + binOf(p, point)
        counts[at] = (counts[at] ?? 0) + weight
      }
      total += weight
      weight *= growth
      if (weight < 1e12) return
      for (let i = 0; i < counts.length; i += 1) counts[i] = (counts[i] ?? 0) / weight
      total /= weight
      weight = 1
    },
    explain(point): Float64Array {
      const surprises = chosen.map((_, p) => surprise(p, point))
      const shares = new Float64Array(dimensions)
      for (let feature = 0; feature < dimensions; feature += 1) {
        shares[feature] =
          meanOf(surprises, chosen, feature, true) - meanOf(surprises, chosen, feature, false)
      }
      return shares
    },
  }
}

interface Projection {
  readonly features: readonly number[]
  readonly weights: readonly number[]
  /** Least and greatest it can give for points in the unit cube. */
  readonly low: number
  readonly high: number
}

const NO_PROJECTION: Projection = { features: [], weights: [], low: 0, high: 1 }

/** About √d features each, with normal weights (the paper's choice). */
function sparseProjections(
  dimensions: number,
  projections: number,
  draw: () => number,
): readonly Projection[] {
  const size = Math.max(1, Math.round(Math.sqrt(dimensions)))
  return Array.from({ length: projections }, () => {
    const features = sample(dimensions, size, draw)
    const weights = features.map(() => normal(draw))
    const low = weights.reduce((sum, w) => sum + Math.min(0, w), 0)
    const high = weights.reduce((sum, w) => sum + Math.max(0, w), 0)
    return { features, weights, low, high: Math.max(high, low + 1e-9) }
  })
}

function sample(from: number, size: number, draw: () => number): readonly number[] {
  const left = Array.from({ length: from }, (_, i) => i)
  return Array.from({ length: Math.min(size, from) }, () => {
    const [taken = 0] = left.splice(Math.floor(draw() * left.length), 1)
    return taken
  })
}

/** Box and Muller. */
function normal(draw: () => number): number {
  const r = Math.sqrt(-2 * Math.log(1 - draw()))
  return r * Math.cos(2 * Math.PI * draw())
}

function meanOf(
  surprises: readonly number[],
  chosen: readonly Projection[],
  feature: number,
  using: boolean,
): number {
  let sum = 0
  let n = 0
  chosen.forEach(({ features }, p) => {
    if (features.includes(feature) !== using) return
    sum += surprises[p] ?? 0
    n += 1
  })
  return n === 0 ? 0 : sum / n
}

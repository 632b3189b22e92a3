/**
 * Where "small", "medium" and "bulk" begin is learned from all clients: connections are counted by the
 * logarithm of their bytes, older ones fading, and the two bounds lie where three classes differ most
 * from one another and least within (Otsu 1979, for three classes).
 */

/** Bins of one power of two: 1 byte to 4 GiB. */
export const BINS = 32
/** Until enough was seen: 64 KiB and 4 MiB. */
export const FIRST_BOUNDS: SizeBounds = { medium: 16, bulk: 22 }
/** Connections counted before bounds are learned. */
const ENOUGH = 200
/** New bounds must separate this much better than the old ones: groups should not wander. */
const BETTER = 1.05
/** A class is worth a name when the two are at least this many powers of two apart. */
const APART = 3

/** First bin of medium and of bulk: log2 of bytes. */
export interface SizeBounds {
  readonly medium: number
  readonly bulk: number
}

/** The bin of a number of bytes. */
export function binOf(bytes: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(Math.log2(bytes + 1))))
}

/** The bounds by these counts, or those there were, when others are not clearly better. */
export function learnBounds(counts: Float64Array, before: SizeBounds): SizeBounds {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total < ENOUGH) return before
  let best = before
  let most = BETTER * between(counts, before)
  for (let medium = 1; medium < BINS - APART; medium += 1) {
    for (let bulk = medium + APART; bulk < BINS; bulk += 1) {
      const value = between(counts, { medium, bulk })
      if (value <= most) continue
      most = value
      best = { medium, bulk }
    }
  }
  return best
}

/** Sum over the classes of weight × mean²: what differs between bounds of the variance between classes. */
function between(counts: Float64Array, { medium, bulk }: SizeBounds): number {
  return part(counts, 0, medium) + part(counts, medium, bulk) + part(counts, bulk, BINS)
}

function part(counts: Float64Array, from: number, to: number): number {
  let [weight, sum] = [0, 0]
  for (let bin = from; bin < to; bin += 1) {
    const count = counts[bin] ?? 0
    weight += count
    sum += count * (bin + 0.5)
  }
  return weight === 0 ? 0 : (sum * sum) / weight
}

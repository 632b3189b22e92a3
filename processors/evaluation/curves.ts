import { clopperPearson } from '../../lib/statistics/clopper-pearson.ts'

/** One thing that was scored, and what it was. */
export interface Scored {
  readonly score: number
  readonly hostile: boolean
}

/** A share with its exact 95 % interval. */
export interface Share {
  readonly of: number
  readonly n: number
  readonly share: number
  readonly low: number
  readonly high: number
}

export function shareOf(of: number, n: number): Share {
  const [low, high] = clopperPearson(of, n)
  return { of, n, share: n === 0 ? 0 : of / n, low, high }
}

/** Share of hostile ones at the smallest threshold that keeps the false-positive rate at most `fpr`. */
export function detectedAt(
  scored: readonly Scored[],
  fpr: number,
): Share & { readonly at: number } {
  const benign = scored.filter(({ hostile }) => !hostile).map(({ score }) => score)
  const hostile = scored.filter((one) => one.hostile)
  benign.sort((a, b) => b - a)
  // More than the score of the first benign one too many.
  const threshold = benign[Math.floor(fpr * benign.length)] ?? -Infinity
  const found = hostile.filter(({ score }) => score > threshold).length
  return { ...shareOf(found, hostile.length), at: threshold }
}

/** Area under precision and recall (average precision; ties share their place), at the prevalence there is. */
export function averagePrecision(scored: readonly Scored[]): number {
  const sorted = [...scored].sort((a, b) => b.score - a.score)
  const hostile = sorted.filter((one) => one.hostile).length
  if (hostile === 0) return 0
  let found = 0
  let seen = 0
  let area = 0
  for (let i = 0; i < sorted.length;) {
    const { score } = sorted[i] ?? { score: 0 }
    let here = 0
    let j = i
    for (; sorted[j]?.score === score; j += 1) if (sorted[j]?.hostile === true) here += 1
    seen += j - i
    found += here
    area += (here / hostile) * (found / seen)
    i = j
  }
  return area
}

/** Greatest distance of p-values from the uniform law, where they promise too much: max(F(x) - x). */
export function overpromise(ps: readonly number[]): number {
  const sorted = [...ps].sort((a, b) => a - b)
  return sorted.reduce((most, p, i) => Math.max(most, (i + 1) / sorted.length - p), 0)
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

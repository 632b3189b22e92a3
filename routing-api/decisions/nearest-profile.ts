/** The trusted fingerprint nearest to a client's. */
export interface NearestProfile {
  readonly fingerprint: string
  /** 0 the same, 1 nothing in common. */
  readonly distance: number
}

/** Parts of a stable key in JA4's form: `t13d1516h2_8daaf6152771_02713d6af862`. */
const KEY = /^([tqd])(..)[di](\d\d)(\d\d)(..)_([0-9a-f]{12})_([0-9a-f]{12})$/

/** Nearest of the candidates; of equally near ones the first in order of their text. Undefined without any. */
export function nearestProfile(
  fingerprint: string,
  candidates: Iterable<string>,
): NearestProfile | undefined {
  let nearest: NearestProfile | undefined
  for (const candidate of candidates) {
    const distance = distanceOf(fingerprint, candidate)
    const nearer =
      nearest === undefined ||
      distance < nearest.distance ||
      (distance === nearest.distance && candidate < nearest.fingerprint)
    if (nearer) nearest = { fingerprint: candidate, distance }
  }
  return nearest
}

/**
 * 0.4 for other cipher suites, 0.3 for other extensions or signature algorithms, 0.1 each for another
 * version and another ALPN, and up to 0.1 for how far the two counts are apart (all of it from 20 on).
 * Whether a name was sent is left out: that is the target's doing. HASSH is one hash: the same or not.
 */
function distanceOf(one: string, other: string): number {
  if (one === other) return 0
  const [a, b] = [KEY.exec(one), KEY.exec(other)]
  if (a === null || b === null || a[1] !== b[1]) return 1
  const differs = (part: number): number => (a[part] === b[part] ? 0 : 1)
  const apart = (part: number): number => Math.abs(Number(a[part]) - Number(b[part]))
  const tenths =
    4 * differs(6) +
    3 * differs(7) +
    differs(2) +
    differs(5) +
    Math.min(1, (apart(3) + apart(4)) / 20)
  return Math.round(tenths * 100) / 1000
}

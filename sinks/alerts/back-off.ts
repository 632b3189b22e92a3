const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/** Milliseconds before the next try: doubling, to a minute, half of it by chance (0 to 1) so that many do not come at once. */
export function waitBefore(tries: number, chance: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 16))
  return most / 2 + (most / 2) * chance
}

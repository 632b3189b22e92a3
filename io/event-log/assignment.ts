/** A member as the assignment sees it: the numbers it holds or held last. */
export interface Claimant {
  readonly member: string
  readonly claims: readonly number[]
}

/**
 * Spreads partition numbers 0..count-1 over members: as even as it goes, and everyone keeps what it
 * claims as far as its share allows. The same input gives the same answer.
 */
export function spread(
  claimants: readonly Claimant[],
  count: number,
): ReadonlyMap<string, readonly number[]> {
  const shares = sharesOf(claimants, count)
  const free = new Set(Array.from({ length: count }, (_, number) => number))
  const given = new Map<string, number[]>()
  for (const { member, claims } of claimants) {
    const kept = claims.filter((n) => free.has(n)).slice(0, shares.get(member) ?? 0)
    for (const number of kept) free.delete(number)
    given.set(member, [...kept])
  }
  for (const { member } of claimants) {
    const numbers = given.get(member) ?? []
    for (const number of free) {
      if (numbers.length >= (shares.get(member) ?? 0)) break
      free.delete(number)
      numbers.push(number)
    }
    numbers.sort((a, b) => a - b)
  }
  return given
}

/** All numbers to one: to whoever claims most of them, else to the first. */
export function gather(
  claimants: readonly Claimant[],
  count: number,
): ReadonlyMap<string, readonly number[]> {
  const [first] = [...claimants].sort((a, b) => b.claims.length - a.claims.length)
  const all = Array.from({ length: count }, (_, number) => number)
  return new Map(claimants.map((one) => [one.member, one === first ? all : []]))
}

/** How many numbers each may have; who claims most gets the odd ones. */
function sharesOf(claimants: readonly Claimant[], count: number): Map<string, number> {
  const base = Math.floor(count / Math.max(1, claimants.length))
  const odd = count - base * claimants.length
  const byClaims = [...claimants].sort((a, b) => b.claims.length - a.claims.length)
  return new Map(byClaims.map(({ member }, at) => [member, base + (at < odd ? 1 : 0)]))
}

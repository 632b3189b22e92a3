const Z = 1.96

/** Upper end of Wilson's 95 % interval of a share; 1 where nothing was counted. */
export function wilsonUpper(successes: number, total: number): number {
  if (total <= 0) return 1
  const share = successes / total
  const z2 = Z * Z
  const middle = share + z2 / (2 * total)
  const spread = Z * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total))
  return Math.min(1, (middle + spread) / (1 + z2 / total))
}

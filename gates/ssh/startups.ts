/** sshd_config's MaxStartups: from `begin` on connections are dropped by chance, at `full` all are. */
export interface StartupLimits {
  readonly begin: number
  /** Percent dropped at `begin`; rises to 100 at `full`. */
  readonly percent: number
  readonly full: number
}

/** Reads `begin:percent:full`, or one number for a hard limit. */
export function parseStartups(text: string): StartupLimits {
  const [begin = 0, percent = 100, full = begin] = text.split(':').map(Number)
  return { begin, percent, full: Math.max(begin, full) }
}

/** Whether one more may start, with so many not logged in yet (sshd.c, drop_connection). `chance` lies in [0, 1). */
export function mayStart(limits: StartupLimits, starting: number, chance: number): boolean {
  const { begin, percent, full } = limits
  if (starting < begin) return true
  if (starting >= full) return false
  const dropped = percent + ((100 - percent) * (starting - begin)) / (full - begin)
  return chance * 100 >= dropped
}

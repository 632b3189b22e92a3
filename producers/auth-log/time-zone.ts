const QUARTER_MS = 900_000
const DAY_MS = 86_400_000
const MOST_REMEMBERED = 1_024

/** What clocks of one zone show. */
export interface TimeZone {
  /** Milliseconds by which its clocks are ahead of UTC at a moment (milliseconds since 1970). */
  offsetAt(ms: number): number
}

/** A zone by its IANA name ("Europe/Berlin", "UTC"); undefined where there is none of this name. */
export function timeZone(name: string): TimeZone | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, ...SHOWN })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
  // Offsets change at quarters of hours at most, and asking for one takes a microsecond or more.
  const known = new Map<number, number>()
  return {
    offsetAt(ms): number {
      const quarter = Math.floor(ms / QUARTER_MS)
      const remembered = known.get(quarter)
      if (remembered !== undefined) return remembered
      if (known.size >= MOST_REMEMBERED) known.clear()
      const offset = offsetBy(format, quarter * QUARTER_MS)
      known.set(quarter, offset)
      return offset
    },
  }
}

export const UTC: TimeZone = { offsetAt: () => 0 }

/**
 * The moments at which clocks of the zone show a local time, given as if it were UTC: one as a rule, two in the hour
 * that is repeated when summer time ends, in their order. The hour that is left out in spring is read by the
 * offset before it.
 */
export function momentsOf(localMs: number, zone: TimeZone): readonly number[] {
  const offsets = [zone.offsetAt(localMs - DAY_MS), zone.offsetAt(localMs + DAY_MS)]
  const moments = [...new Set(offsets)].map((offset) => localMs - offset)
  const shown = moments.filter((ms) => ms + zone.offsetAt(ms) === localMs)
  return shown.length > 0 ? shown.sort((a, b) => a - b) : moments.slice(0, 1)
}

const SHOWN = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const

function offsetBy(format: Intl.DateTimeFormat, ms: number): number {
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'))
  return shown - ms
}

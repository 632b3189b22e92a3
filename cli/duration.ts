import { UsageError } from './usage-error.ts'

const UNITS = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** Milliseconds of `30m`, `12h` or `7d`; `option` is named in the complaint. */
export function duration(text: string, option: string): number {
  const parts = /^(\d{1,6})([mhd])$/.exec(text)
  const ms = Number(parts?.[1]) * (UNITS.get(parts?.[2] ?? '') ?? NaN)
  if (!(ms > 0)) throw new UsageError(`${option} ${text}: say 30m, 12h or 7d`)
  return ms
}

import { timeZone, type TimeZone } from '../producers/auth-log/time-zone.ts'
import { UsageError } from './usage-error.ts'

/** For commands that read logs whose stamps name no zone. */
export const TIME_ZONE_OPTION = [
  '--timezone <name>',
  "zone of a log's stamps that name none, like Europe/Berlin; default: VESTIBULE_TIMEZONE, else this machine's ($TZ, /etc/localtime)",
] as const

/** The zone of the option, else this machine's. */
export function zoneFor(name: string | undefined): TimeZone {
  const wanted = name ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const zone = timeZone(wanted)
  if (zone === undefined) {
    throw new UsageError(
      `--timezone ${wanted}: no such time zone; names are like Europe/Berlin or UTC`,
    )
  }
  return zone
}

import { eventsOf, START_US } from '../../corpus/populations/population.ts'
import { sshCampaign, sshStrangers } from '../../corpus/populations/ssh-attacks.ts'
import { sshUsers } from '../../corpus/populations/ssh-users.ts'
import { createBacktest } from '../../processors/backtest.ts'
import { APART } from '../../processors/evaluation/ssh-table.ts'
import { median, shareOf, type Share } from '../../processors/evaluation/curves.ts'

const HOUR_US = 3_600_000_000
const DAY_US = 24 * HOUR_US
const USERS = 100
/** Campaigns begin so many days apart, the first after two weeks; each lasts five days. */
const EVERY_DAYS = 12
const LEARN_DAYS = 14
const LASTS_DAYS = 5
/** Unknown addresses that try once and never again, a day: sites of several sizes. */
const STRANGERS = [2, 12, 48] as const

/** How the site's alarm does where so many strangers come a day. */
export interface CampaignRow {
  readonly strangers: number
  readonly days: number
  /** Campaigns whose alarm began within 24 h of their first try. */
  readonly found: Share
  readonly hoursToAlarm: number | null
  /** Alarms outside a campaign and the day after it, in 30 days. */
  readonly falseAMonth: number
  /** The same, the number. */
  readonly falseAlarms: number
}

/** Campaigns of 20 to 40 sources with at most two tries a day, among people and strangers. */
export function judgeCampaigns(seed: string, days: number): readonly CampaignRow[] {
  return STRANGERS.map((strangers) => judgeSite(`${seed} ${strangers}`, strangers, days))
}

function judgeSite(seed: string, strangers: number, days: number): CampaignRow {
  const starts: number[] = []
  for (let day = LEARN_DAYS; day + LASTS_DAYS < days; day += EVERY_DAYS) starts.push(day)
  const actors = [
    ...sshUsers(seed, USERS).filter(({ kind }) => !APART.includes(kind) && kind !== 'automation'),
    ...sshStrangers(seed, strangers, days),
    ...starts.flatMap((day, number) => sshCampaign(seed, number, day)),
  ]
  const alarms: number[] = []
  const folds = createBacktest(undefined, undefined, ({ kind, severity, observedAt }) => {
    if (kind === 'campaign' && severity === 'warning') alarms.push(observedAt)
  })
  for (const any of eventsOf(seed, actors, days)) folds.feed(any)
  const ends = LASTS_DAYS + 1
  const during = (at: number, day: number): boolean =>
    at >= START_US + day * DAY_US && at < START_US + (day + ends) * DAY_US
  const hours = starts.map((day) => {
    const first = alarms.find((at) => during(at, day))
    return first === undefined ? Infinity : (first - START_US - day * DAY_US) / HOUR_US
  })
  const falseAlarms = alarms.filter((at) => !starts.some((day) => during(at, day))).length
  return {
    ...{ strangers, days, falseAlarms },
    found: shareOf(hours.filter((after) => after <= 24).length, starts.length),
    hoursToAlarm: median(hours.filter(Number.isFinite)),
    falseAMonth: (falseAlarms * 30) / (days - ends * starts.length),
  }
}

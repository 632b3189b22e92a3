import { type ClientDay } from './client-days.ts'
import { averagePrecision, detectedAt, median, overpromise, shareOf, type Share } from './curves.ts'

/** What a client truly was. */
export interface Truth {
  readonly kind: string
  readonly hostile: boolean
}

/** One kind of client over the days judged. */
export interface KindRow {
  readonly kind: string
  readonly hostile: boolean
  readonly days: number
  readonly medium: Share
  readonly high: Share
  readonly critical: Share
  /** To the first alarm of a day, medians; null where there was none. */
  readonly attemptsToAlarm: number | null
  readonly connectionsToAlarm: number | null
  readonly secondsToAlarm: number | null
  /** Attempts made after the alarm. */
  readonly prevented: Share
}

/** How well values tell hostile client-days from benign ones. */
export interface Curve {
  readonly name: string
  readonly averagePrecision: number
  readonly at: readonly { readonly fpr: number; readonly detected: Share }[]
}

/** How a rule that says yes or no does. */
export interface RuleRow {
  readonly name: string
  readonly detected: Share
  readonly falseAlarms: Share
}

/** What p-values promised to benign client-days, and kept. */
export interface CalibrationRow {
  readonly days: number
  readonly overpromise: number
  /** Share at or above the value, whose budget is `budget`. */
  readonly bands: readonly {
    readonly value: number
    readonly budget: number
    readonly kept: Share
  }[]
}

/** Counted apart: machines that an operator is told to allow or to mend, and logins an attacker bought. */
export const APART: readonly string[] = ['health check', 'broken cron', 'poisoner']

export function kindRows(
  days: readonly ClientDay[],
  truthOf: (client: string) => Truth,
): readonly KindRow[] {
  const kinds = new Map<string, ClientDay[]>()
  for (const day of days) {
    const { kind } = truthOf(day.client)
    const known = kinds.get(kind) ?? []
    known.push(day)
    kinds.set(kind, known)
  }
  return [...kinds]
    .map(([kind, of]) => rowOf(kind, of, truthOf))
    .sort((a, b) => Number(b.hostile) - Number(a.hostile) || a.kind.localeCompare(b.kind))
}

function rowOf(
  kind: string,
  days: readonly ClientDay[],
  truthOf: (client: string) => Truth,
): KindRow {
  const alarms = days.flatMap(({ alarm }) => (alarm === null ? [] : [alarm]))
  const attempts = days.reduce((sum, day) => sum + day.attempts, 0)
  const after = days.reduce(
    (sum, { attempts: all, alarm }) => sum + (alarm === null ? 0 : all - alarm.attempts),
    0,
  )
  const atLeast = (value: number): Share =>
    shareOf(days.filter(({ most }) => most >= value).length, days.length)
  const [first] = days
  return {
    kind,
    hostile: first !== undefined && truthOf(first.client).hostile,
    days: days.length,
    medium: atLeast(30),
    high: atLeast(70),
    critical: shareOf(days.filter(({ most }) => most > 90).length, days.length),
    attemptsToAlarm: median(alarms.map((alarm) => alarm.attempts)),
    connectionsToAlarm: median(alarms.map((alarm) => alarm.connections)),
    secondsToAlarm: median(alarms.map(({ afterUs }) => Math.round(afterUs / 1e6))),
    prevented: shareOf(after, attempts),
  }
}

const RATES = [1e-2, 1e-3, 1e-4] as const

export function curveOf(
  name: string,
  scored: readonly { readonly score: number; readonly hostile: boolean }[],
): Curve {
  return {
    name,
    averagePrecision: averagePrecision(scored),
    at: RATES.map((fpr) => ({ fpr, detected: detectedAt(scored, fpr) })),
  }
}

export function ruleRow(
  name: string,
  days: readonly ClientDay[],
  truthOf: (client: string) => Truth,
  alarmed: (day: ClientDay) => boolean,
): RuleRow {
  const hostile = days.filter(({ client }) => truthOf(client).hostile)
  const benign = days.filter(({ client }) => !truthOf(client).hostile)
  return {
    name,
    detected: shareOf(hostile.filter(alarmed).length, hostile.length),
    falseAlarms: shareOf(benign.filter(alarmed).length, benign.length),
  }
}

export function calibrationRow(benign: readonly ClientDay[]): CalibrationRow {
  const ps = benign.flatMap(({ p }) => (p === null ? [] : [p]))
  const kept = (value: number): Share =>
    shareOf(benign.filter(({ most }) => most >= value).length, benign.length)
  return {
    days: ps.length,
    overpromise: overpromise(ps),
    bands: [
      { value: 30, budget: 0.05, kept: kept(30) },
      { value: 70, budget: 0.001, kept: kept(70) },
      { value: 90, budget: 0.0001, kept: kept(90.01) },
    ],
  }
}

import { wilsonUpper } from '../lib/statistics/wilson.ts'
import { type BacktestClient } from './backtest.ts'

/** What a client truly was, where somebody knows. */
export type Label = 'benign' | 'hostile'

/** How well the alarms (high or critical) fit the labels. Unlabelled clients are left out. */
export interface Evaluation {
  readonly hostile: number
  readonly flagged: number
  /** flagged / hostile; null without hostile clients. */
  readonly detected: number | null
  readonly benign: number
  readonly falseAlarms: number
  /** Upper 95 % bound of the false-alarm rate; with none among n clients it is 3 / n. */
  readonly falseAlarmBound: number | null
  readonly medianEventsToAlarm: number | null
  /** Clients, by name. */
  readonly missed: readonly string[]
  readonly wronged: readonly string[]
}

export function evaluate(
  clients: readonly BacktestClient[],
  labelOf: (client: BacktestClient) => Label | undefined,
): Evaluation {
  const of = (label: Label): readonly BacktestClient[] =>
    clients.filter((client) => labelOf(client) === label)
  const hostile = of('hostile')
  const benign = of('benign')
  const flagged = hostile.filter(({ alarm }) => alarm !== null)
  const wronged = benign.filter(({ alarm }) => alarm !== null)
  const delays = flagged.map(({ alarm }) => alarm?.events ?? 0).sort((a, b) => a - b)
  return {
    hostile: hostile.length,
    flagged: flagged.length,
    detected: hostile.length === 0 ? null : flagged.length / hostile.length,
    benign: benign.length,
    falseAlarms: wronged.length,
    falseAlarmBound: benign.length === 0 ? null : bound(wronged.length, benign.length),
    medianEventsToAlarm: delays[Math.floor(delays.length / 2)] ?? null,
    missed: hostile.filter(({ alarm }) => alarm === null).map(({ client }) => client),
    wronged: wronged.map(({ client }) => client),
  }
}

/**
 * The rule for sshd's logs without labels: an address that ever logged in is benign, one that only
 * failed is hostile, one that never tried is neither (behaviour-models 6).
 */
export function labelByLogins({ logins, failures }: BacktestClient): Label | undefined {
  if (logins > 0) return 'benign'
  return failures > 0 ? 'hostile' : undefined
}

/** Upper 95 % bound of a rate: 3 / n for none, else Wilson's. */
function bound(events: number, n: number): number {
  return events === 0 ? Math.min(1, 3 / n) : wilsonUpper(events, n)
}

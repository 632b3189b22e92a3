import { valueOfEvidence } from '../../behaviour/scoring/score-map.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type Score } from '../../schemas/generated/records.ts'
import { createBacktest } from '../backtest.ts'
import { factsOf, isClientEvent } from '../client-fold/event-facts.ts'

const DAY_US = 86_400_000_000
/** From here on the band acts: high (behaviour-models 4.8). */
const ALARM = { ssh: 70, tls: 0.75 } as const

/** One client on one day: the unit of detection (behaviour-models 4.12). */
export interface ClientDay {
  readonly client: string
  readonly protocol: Score['protocol']
  /** Days since 1970. */
  readonly day: number
  /** Greatest value of the day, as the API would have answered it at each event. */
  most: number
  /** Smallest p-value of the day; null where nothing was calibrated. */
  p: number | null
  connections: number
  attempts: number
  failures: number
  /** Attempts, connections and microseconds of the day before the first alarm; null without one. */
  alarm: {
    readonly attempts: number
    readonly connections: number
    readonly afterUs: number
  } | null
  readonly firstUs: number
}

/** Sees every record, before the folds do. */
export type Witness = (any: AnyRecord) => void

/** Runs records through the folds of production and notes what each client-day came to. */
export function clientDays(
  records: Iterable<AnyRecord>,
  witness: Witness = () => undefined,
): readonly ClientDay[] {
  const days = new Map<string, ClientDay>()
  const newest = new Map<string, Score>()
  const folds = createBacktest(undefined, (score) => {
    if (score.kind === 'ip') newest.set(score.entity, score)
  })
  for (const any of records) {
    witness(any)
    folds.feed(any)
    if (!isClientEvent(any)) continue
    const { client, protocol } = factsOf(any)
    const day = dayOf(days, client, protocol, any.record.observedAt)
    count(day, any)
    const score = newest.get(`ip:${client}#${protocol}`)
    if (score !== undefined) judge(day, score, any.record.observedAt)
  }
  return [...days.values()]
}

function dayOf(
  days: Map<string, ClientDay>,
  client: string,
  protocol: Score['protocol'],
  at: number,
): ClientDay {
  const day = Math.floor(at / DAY_US)
  const key = `${client}#${protocol}#${day}`
  const known = days.get(key)
  if (known !== undefined) return known
  const made: ClientDay = {
    ...{ client, protocol, day, firstUs: at },
    ...{ most: 0, p: null, connections: 0, attempts: 0, failures: 0, alarm: null },
  }
  days.set(key, made)
  return made
}

function count(day: ClientDay, any: AnyRecord): void {
  if (any.type === 'SshConnection' || any.type === 'TlsHello') day.connections += 1
  if (any.type !== 'SshAuthAttempt' || any.record.result === 'closed-before') return
  day.attempts += 1
  if (any.record.result === 'failed') day.failures += 1
}

function judge(day: ClientDay, score: Score, at: number): void {
  const value = valueAt(score, at)
  day.most = Math.max(day.most, value)
  if (score.p !== null) day.p = Math.min(day.p ?? 1, score.p)
  if (day.alarm !== null || value < ALARM[score.protocol]) return
  const { attempts, connections } = day
  day.alarm = { attempts, connections, afterUs: at - day.firstUs }
}

/** A score at a later time, as the API reads it: the value falls as the map of its evidence falls. */
function valueAt({ protocol, value, evidence, asOf, halfLifeMs }: Score, at: number): number {
  const left = 2 ** (-Math.max(0, at - asOf) / 1000 / halfLifeMs)
  const then = valueOfEvidence(protocol, evidence)
  const now = valueOfEvidence(protocol, evidence * left)
  return value * Math.min(1, then > 0 ? now / then : left)
}

import { PopulationTable } from '../behaviour/population-table.ts'
import { type AnyRecord } from '../lib/codec/codec.ts'
import {
  type Alert,
  type AttackPattern,
  type Contribution,
  type Score,
} from '../schemas/generated/records.ts'
import { ClientFold, type FoldLimits } from './client-fold/client-fold.ts'
import { factsOf, isClientEvent } from './client-fold/event-facts.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'
import { Lists } from './client-fold/lists.ts'
import { PopulationFold } from './population-fold/population-fold.ts'
import { SiteFold } from './site-fold/site-fold.ts'

/** A score as it was published, and after how many events of its client. */
export interface ScorePoint {
  /** Microseconds since 1970, event time. */
  readonly at: number
  readonly value: number
  readonly band: Score['band']
  readonly events: number
}

/** One client on one protocol through a backtest. */
export interface BacktestClient {
  readonly client: string
  readonly protocol: Score['protocol']
  readonly events: number
  readonly attempts: number
  readonly failures: number
  readonly logins: number
  readonly scores: readonly ScorePoint[]
  readonly highest: ScorePoint
  /** The first score of band high or critical. */
  readonly alarm: ScorePoint | null
  /** Of the highest score, the newest where several are equal. */
  readonly contributions: readonly Contribution[]
}

/** Records go in, in their order; what the folds made of every client comes out. */
export interface Backtest {
  feed(any: AnyRecord): void
  clients(): readonly BacktestClient[]
  /** Events that moved no score, by reason. */
  unmoved(): ReadonlyMap<string, number>
}

interface Course {
  readonly client: string
  readonly protocol: Score['protocol']
  events: number
  attempts: number
  failures: number
  logins: number
  scores: ScorePoint[]
  highest: ScorePoint | undefined
  contributions: readonly Contribution[]
}

/** Points kept per client; more are thinned to every second one. */
const MOST_POINTS = 256
const MOST_CLIENTS = 200_000

/**
 * The very same folds as in production, joined in memory: a sighting is in the population at once.
 * `scored` is told of every score as it is published, `alerted` of every alert,
 * `learned` of every pattern.
 */
export function createBacktest(
  limits?: FoldLimits,
  scored: (score: Score) => void = () => undefined,
  alerted: (alert: Alert) => void = () => undefined,
  learned: (pattern: AttackPattern) => void = () => undefined,
): Backtest {
  const population = new PopulationTable()
  const lists = new Lists()
  const first = new ClientFold({ population, lists }, limits)
  const seconds = [new PopulationFold(), new SiteFold()]
  const courses = new Map<string, Course>()

  function take(output: FoldOutput): void {
    if (output.kind !== 'record') return
    if (output.type === 'Score') {
      scored(output.record)
      if (output.record.kind === 'ip') note(courses, output.record)
    }
    if (output.type === 'Alert') alerted(output.record)
    if (output.type === 'Sighting') for (const fold of seconds) fold.step(output).forEach(know)
  }

  function know(output: FoldOutput): void {
    if (output.kind === 'withdraw') population.remove(output.key)
    else if (output.type === 'Population') population.apply(output.record)
    else if (output.type === 'AttackPattern') learned(output.record)
    else take(output)
  }

  return {
    feed(any): void {
      if (any.type === 'Control') lists.apply(any.record)
      count(courses, any)
      for (const output of first.step(any)) take(output)
    },
    clients: () => [...courses.values()].flatMap(finished),
    unmoved: () => first.unmoved,
  }
}

function courseOf(
  courses: Map<string, Course>,
  client: string,
  protocol: Score['protocol'],
): Course | undefined {
  const key = `${client}#${protocol}`
  const known = courses.get(key)
  if (known !== undefined || courses.size >= MOST_CLIENTS) return known
  const made: Course = {
    client,
    protocol,
    events: 0,
    attempts: 0,
    failures: 0,
    logins: 0,
    scores: [],
    highest: undefined,
    contributions: [],
  }
  courses.set(key, made)
  return made
}

function count(courses: Map<string, Course>, any: AnyRecord): void {
  if (!isClientEvent(any) || any.type === 'Outcome') return
  const { client, protocol } = factsOf(any)
  const course = courseOf(courses, client, protocol)
  if (course === undefined) return
  course.events += 1
  if (any.type !== 'SshAuthAttempt' || any.record.result === 'closed-before') return
  course.attempts += 1
  if (any.record.result === 'accepted') course.logins += 1
  // A name that does not exist, refused before any method was tried, is no failed authentication.
  else if (any.record.method !== 'unknown' || any.record.userExists === true) course.failures += 1
}

function note(courses: Map<string, Course>, score: Score): void {
  const client = score.entity.slice('ip:'.length, score.entity.lastIndexOf('#'))
  const course = courseOf(courses, client, score.protocol)
  if (course === undefined) return
  const { value, band, observedAt } = score
  const point = { at: observedAt, value, band, events: course.events }
  if (course.highest === undefined || value > course.highest.value) course.highest = point
  // Of equal ones the newest tells most.
  if (value === course.highest.value) course.contributions = score.contributions
  const alarming = band === 'high' || band === 'critical'
  const first = alarming && !course.scores.some(isAlarm)
  course.scores.push(point)
  if (course.scores.length > MOST_POINTS && !first) {
    const alarm = course.scores.find(isAlarm)
    course.scores = course.scores.filter((kept, i) => i % 2 === 0 || kept === alarm)
  }
}

function isAlarm({ band }: ScorePoint): boolean {
  return band === 'high' || band === 'critical'
}

function finished(course: Course): readonly BacktestClient[] {
  const { highest } = course
  if (highest === undefined) return []
  return [{ ...course, highest, alarm: course.scores.find(isAlarm) ?? null }]
}

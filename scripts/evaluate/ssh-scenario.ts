import { eventsOf, START_US, type Actor } from '../../corpus/populations/population.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import {
  dayKey,
  fail2ban,
  halfSpaceScores,
  sprtAlone,
  threeADay,
} from '../../processors/evaluation/baselines.ts'
import { clientDays, type ClientDay } from '../../processors/evaluation/client-days.ts'
import {
  APART,
  calibrationRow,
  curveOf,
  kindRows,
  ruleRow,
  type CalibrationRow,
  type Curve,
  type KindRow,
  type RuleRow,
  type Truth,
} from '../../processors/evaluation/ssh-table.ts'

const DAY_US = 86_400_000_000

/** Actors, and how their days are split: what is before `testFrom` is learned from and not judged. */
export interface SshScenario {
  readonly seed: string
  readonly actors: readonly Actor[]
  readonly days: number
  readonly testFrom: number
}

export interface SshFindings {
  readonly events: number
  readonly kinds: readonly KindRow[]
  readonly curves: readonly Curve[]
  readonly rules: readonly RuleRow[]
  readonly calibration: CalibrationRow
  /** Client-days judged. */
  readonly judged: readonly ClientDay[]
}

/** Runs a population through the folds of production, and other people's rules beside them. */
export function judgeSsh({ seed, actors, days, testFrom }: SshScenario): SshFindings {
  const truths = new Map<string, Truth>(actors.map((actor) => [actor.client, actor]))
  const truthOf = (client: string): Truth =>
    truths.get(client) ?? { kind: 'unknown', hostile: false }
  const baselines = [fail2ban(), threeADay(), sprtAlone()]
  let events = 0
  const witness = (any: AnyRecord): void => {
    events += 1
    for (const baseline of baselines) baseline.witness(any)
  }
  const all = clientDays(eventsOf(seed, actors, days), witness)
  const from = START_US / DAY_US + testFrom
  const ssh = all.filter(({ protocol }) => protocol === 'ssh')
  const judged = ssh.filter(({ day }) => day >= from)
  const counted = judged.filter(({ client }) => !APART.includes(truthOf(client).kind))
  const trees = halfSpaceScores(ssh, from, seed)
    .filter(({ day }) => !APART.includes(truthOf(day.client).kind))
    .map(({ day, score }) => ({ score, hostile: truthOf(day.client).hostile }))
  return {
    events,
    judged,
    kinds: kindRows(judged, truthOf),
    curves: [
      curveOf(
        'Vestibule',
        counted.map(({ client, most }) => ({ score: most, hostile: truthOf(client).hostile })),
      ),
      curveOf('Half-Space Trees alone', trees),
    ],
    rules: [
      ruleRow('Vestibule, high or critical', counted, truthOf, ({ most }) => most >= 70),
      ...baselines.map(({ name, alarmed }) =>
        ruleRow(name, counted, truthOf, ({ client, day }) => alarmed.has(dayKey(client, day))),
      ),
    ],
    calibration: calibrationRow(counted.filter(({ client }) => !truthOf(client).hostile)),
  }
}

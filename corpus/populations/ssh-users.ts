import {
  addressOf,
  beta,
  DAY_US,
  HOUR_US,
  officeHour,
  pick,
  poisson,
  START_US,
  type Actor,
  type Draw,
  type MadeEvent,
} from './population.ts'
import { BENIGN_HASSH, connection, type Try } from './ssh-steps.ts'
import { seededDraw } from '../../lib/seeded-draw.ts'

/** What is assumed of those who log in; the evaluation prints it beside its figures. */
export const SSH_USER_ASSUMPTIONS = [
  '66 % interactive: 1.5 sessions on a working day around 13:30, a tenth of it at weekends; passwords fail with probability Beta(1.2, 14) of their own; 0.4 % of names mistyped; 60 % use keys',
  '20 % automation: a key every 15 min to 6 h, one failure in a thousand',
  '8 % forgetful: passwords fail with probability Beta(2, 4)',
  '2 % agents that offer up to five keys before the right one',
  '2 % health checks that connect every 5 minutes and never authenticate (they want an allow entry)',
  '2 % broken cron: a valid name that fails hourly for ever after a random day',
] as const

type Kind =
  'interactive' | 'automation' | 'forgetful' | 'many keys' | 'health check' | 'broken cron'

const SHARES: readonly (readonly [Kind, number])[] = [
  ['interactive', 0.66],
  ['automation', 0.2],
  ['forgetful', 0.08],
  ['many keys', 0.02],
  ['health check', 0.02],
  ['broken cron', 0.02],
]

/** People and machines that belong here, each on an address of its own. */
export function sshUsers(
  seed: string,
  n: number,
  update: Update = { share: 0, onDay: 0 },
): readonly Actor[] {
  return Array.from({ length: n }, (_, i) => userOf(seed, i, update))
}

/** Clients whose programs are replaced, all on one day. */
export interface Update {
  readonly share: number
  readonly onDay: number
}

/** A HASSH nobody had before the update. */
export const UPDATED_HASSH = '5ea50000000000000000000000000008'

function userOf(seed: string, i: number, update: Update): Actor {
  const draw = seededDraw(`${seed} user ${i}`)
  const kind = kindOf(draw())
  const person: Person = {
    client: addressOf(10, i),
    user: `user${i}`,
    hassh: draw() < 0.7 ? BENIGN_HASSH[0] : pick(BENIGN_HASSH, draw),
    keyed: kind !== 'forgetful' && draw() < 0.6,
    fails: kind === 'forgetful' ? beta(2, 4, draw) : beta(1.2, 14, draw),
    periodUs: (0.25 + 5.75 * draw()) * HOUR_US,
    breaksOn: Math.floor(30 * draw()),
  }
  const updated = draw() < update.share
  return {
    client: person.client,
    kind,
    hostile: false,
    eventsOf(day, draws) {
      const now = updated && day >= update.onDay ? { ...person, hassh: UPDATED_HASSH } : person
      return DAYS[kind](now, day, draws)
    },
  }
}

function kindOf(share: number): Kind {
  let sum = 0
  for (const [kind, part] of SHARES) {
    sum += part
    if (share < sum) return kind
  }
  return 'interactive'
}

interface Person {
  readonly client: string
  readonly user: string
  readonly hassh: string
  readonly keyed: boolean
  readonly fails: number
  readonly periodUs: number
  readonly breaksOn: number
}

const DAYS: Readonly<
  Record<Kind, (person: Person, day: number, draw: Draw) => readonly MadeEvent[]>
> = {
  interactive: interactiveDay,
  forgetful: interactiveDay,
  automation: (person, day, draw) =>
    periodic(person, day, person.periodUs, draw, () => [keyTry(person, draw() < 0.001)]),
  'many keys': (person, day, draw) =>
    sessions(person, day, draw, () => [
      ...Array.from({ length: 1 + Math.floor(5 * draw()) }, () => keyTry(person, true)),
      keyTry(person, false),
    ]),
  'health check': (person, day, draw) =>
    periodic(person, day, HOUR_US / 12, draw, () => [
      { user: '', exists: true, method: 'password', result: 'closed-before' },
    ]),
  'broken cron': (person, day, draw) =>
    periodic(person, day, HOUR_US, draw, () => [keyTry(person, day >= person.breaksOn)]),
}

function interactiveDay(person: Person, day: number, draw: Draw): readonly MadeEvent[] {
  return sessions(person, day, draw, () =>
    person.keyed ? [keyTry(person, false)] : typed(person, draw),
  )
}

function sessions(
  person: Person,
  day: number,
  draw: Draw,
  tries: () => readonly Try[],
): readonly MadeEvent[] {
  const mean = day % 7 >= 5 ? 0.15 : 1.5
  return Array.from(
    { length: poisson(mean, draw) },
    () => START_US + day * DAY_US + officeHour(draw),
  )
    .sort((a, b) => a - b)
    .flatMap((at) => connection(person.client, at, person.hassh, tries(), 4, draw))
}

function periodic(
  person: Person,
  day: number,
  periodUs: number,
  draw: Draw,
  tries: () => readonly Try[],
): readonly MadeEvent[] {
  const events: MadeEvent[] = []
  for (let at = periodUs * draw(); at < DAY_US; at += periodUs) {
    events.push(
      ...connection(person.client, START_US + day * DAY_US + at, person.hassh, tries(), 1, draw),
    )
  }
  return events
}

/** A password typed until it is right, three times at most (ssh's NumberOfPasswordPrompts). */
function typed({ user, fails }: Person, draw: Draw): readonly Try[] {
  const mistyped = draw() < 0.004
  const tries: Try[] = []
  for (let i = 0; i < 3; i += 1) {
    const failed = mistyped || draw() < fails
    const name = mistyped ? `${user}x` : user
    tries.push({
      user: name,
      exists: !mistyped,
      method: 'password',
      result: failed ? 'failed' : 'accepted',
    })
    if (!failed) break
  }
  return tries
}

function keyTry({ user }: Person, failed: boolean): Try {
  return { user, exists: true, method: 'publickey', result: failed ? 'failed' : 'accepted' }
}

import { seededDraw } from '../../lib/seeded-draw.ts'
import {
  addressOf,
  DAY_US,
  HOUR_US,
  pick,
  SECOND_US,
  START_US,
  type Actor,
  type Draw,
  type MadeEvent,
} from './population.ts'
import { connection, HOSTILE_HASSH, type Try } from './ssh-steps.ts'

/** What is assumed of those who attack; the evaluation prints it beside its figures. */
export const SSH_ATTACK_ASSUMPTIONS = [
  'brute force: 100 to 400 tries within minutes, 4 to 6 a connection in half of them, one existing name in half, a list of which half exist in the others',
  'low and slow: one try every 1 to 10 minutes for one day',
  'spray: one try with each of 30 names, 5 to 60 s apart, 70 % of the names do not exist',
  'scanner: connects once or twice and leaves without a try',
  'lone try: one try and never again',
  'stealthy campaign: 20 to 40 sources, at most two tries a day each, for five days, one program',
  'probing: one try every 12 hours, to stay below a threshold',
] as const

type Kind = 'brute force' | 'low and slow' | 'spray' | 'scanner' | 'lone try' | 'probing'

/** How many sources of each kind come on a day, for every 1,000 users. */
const A_DAY: Readonly<Record<Kind, number>> = {
  'brute force': 4,
  'low and slow': 3,
  spray: 3,
  scanner: 6,
  'lone try': 8,
  probing: 0.2,
}

/** Single sources, each on the day it comes; from `firstDay` on. */
export function sshAttackers(
  seed: string,
  perThousand: number,
  firstDay: number,
  days: number,
  programs: readonly [string, ...string[]] = HOSTILE_HASSH,
): readonly Actor[] {
  const actors: Actor[] = []
  for (const kind of [
    'brute force',
    'low and slow',
    'spray',
    'scanner',
    'lone try',
    'probing',
  ] as const) {
    const n = Math.ceil(A_DAY[kind] * perThousand * (days - firstDay))
    for (let i = 0; i < n; i += 1) {
      const on = firstDay + (i % (days - firstDay))
      actors.push(
        attacker(
          `${seed} ${kind} ${i}`,
          kind,
          addressOf(BLOCK[kind], firstDay * 1_000 + i),
          on,
          programs,
        ),
      )
    }
  }
  return actors
}

const BLOCK: Readonly<Record<Kind, number>> = {
  'brute force': 41,
  'low and slow': 42,
  spray: 43,
  scanner: 44,
  'lone try': 45,
  probing: 46,
}

function attacker(
  seed: string,
  kind: Kind,
  client: string,
  on: number,
  programs: readonly [string, ...string[]],
): Actor {
  const hassh = pick(programs, seededDraw(seed))
  return {
    client,
    kind,
    hostile: true,
    eventsOf(day, draw) {
      if (day < on || (day !== on && kind !== 'probing')) return []
      const start = START_US + day * DAY_US + draw() * 12 * HOUR_US
      return ATTACKS[kind](client, start, hassh, draw)
    },
  }
}

const ATTACKS: Readonly<
  Record<Kind, (client: string, at: number, hassh: string, draw: Draw) => readonly MadeEvent[]>
> = {
  'brute force'(client, at, hassh, draw) {
    const perConnection = draw() < 0.5 ? 1 : 4 + Math.floor(3 * draw())
    const list = draw() < 0.5
    const name = (): Try => (list ? guess(0.5, draw) : failed('root', true))
    const connections = Math.ceil((100 + 300 * draw()) / perConnection)
    return Array.from({ length: connections }, (_, i) => {
      const tries = Array.from({ length: perConnection }, name)
      return connection(client, at + i * (0.2 + draw()) * SECOND_US, hassh, tries, 0.05, draw)
    }).flat()
  },
  'low and slow'(client, at, hassh, draw) {
    const events: MadeEvent[] = []
    let now = at
    while (now < at + 12 * HOUR_US) {
      events.push(...connection(client, now, hassh, [guess(0.3, draw)], 1, draw))
      now += (60 + 540 * draw()) * SECOND_US
    }
    return events
  },
  spray(client, at, hassh, draw) {
    let now = at
    return Array.from({ length: 30 }, () => {
      now += (5 + 55 * draw()) * SECOND_US
      return connection(client, now, hassh, [guess(0.7, draw)], 1, draw)
    }).flat()
  },
  scanner(client, at, hassh, draw) {
    const left: Try = { user: '', exists: true, method: 'password', result: 'closed-before' }
    return Array.from({ length: 1 + Math.floor(2 * draw()) }, (_, i) =>
      connection(client, at + i * 2 * SECOND_US, hassh, [left], 1, draw),
    ).flat()
  },
  'lone try': (client, at, hassh, draw) =>
    connection(client, at, hassh, [guess(0.5, draw)], 1, draw),
  probing: (client, at, hassh, draw) =>
    [0, 12].flatMap((hours) =>
      connection(client, at + hours * HOUR_US, hassh, [failed('root', true)], 1, draw),
    ),
}

/**
 * Accounts an attacker holds, used every day from networks of their own: each day with one failure
 * more before the login, up to six, so that failing becomes what trusted clients do here.
 */
export function poisoners(seed: string, n: number): readonly Actor[] {
  return Array.from({ length: n }, (_, i) => {
    const client = addressOf(120, i)
    return {
      client,
      kind: 'poisoner',
      hostile: true,
      eventsOf(day: number, draw: Draw) {
        const failures = Math.min(6, 1 + Math.floor(day / 2))
        const user = `owned${i} ${seed}`
        const tries = Array.from({ length: failures }, () => failed(user, true))
        const login: Try = { user, exists: true, method: 'password', result: 'accepted' }
        const at = START_US + (day + draw()) * DAY_US
        return connection(client, at, HOSTILE_HASSH[2], [...tries, login], 2, draw)
      },
    }
  })
}

/** Addresses that try once and never again, `perDay` of them a day on average: the noise of the Internet. */
export function sshStrangers(seed: string, perDay: number, days: number): readonly Actor[] {
  const draw = seededDraw(`${seed} strangers`)
  return Array.from({ length: Math.round(perDay * days) }, (_, i) =>
    attacker(
      `${seed} stranger ${i}`,
      'lone try',
      addressOf(200 + (i >> 14), i),
      Math.floor(draw() * days),
      HOSTILE_HASSH,
    ),
  )
}

/** Many sources with one list and one program, each of which stays below every count. */
export function sshCampaign(seed: string, number: number, firstDay: number): readonly Actor[] {
  const draw = seededDraw(`${seed} campaign ${number}`)
  const sources = 20 + Math.floor(21 * draw())
  const hassh = pick(HOSTILE_HASSH, draw)
  return Array.from({ length: sources }, (_, i) => {
    const client = addressOf(60 + (number % 40), i)
    return {
      client,
      kind: `campaign ${number}`,
      hostile: true,
      eventsOf(day: number, draws: Draw) {
        if (day < firstDay || day >= firstDay + 5) return []
        return Array.from({ length: 1 + Math.floor(2 * draws()) }, () =>
          connection(
            client,
            START_US + (day + draws()) * DAY_US,
            hassh,
            [guess(0.5, draws)],
            1,
            draws,
          ),
        ).flat()
      },
    }
  })
}

function guess(invalidShare: number, draw: Draw): Try {
  const invalid = draw() < invalidShare
  const name = invalid ? `guess${Math.floor(draw() * 5_000)}` : `user${Math.floor(draw() * 300)}`
  return failed(name, !invalid)
}

function failed(user: string, exists: boolean): Try {
  return { user, exists, method: 'password', result: 'failed' }
}

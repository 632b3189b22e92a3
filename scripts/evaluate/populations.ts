import { type Actor } from '../../corpus/populations/population.ts'
import { poisoners, sshAttackers, sshCampaign } from '../../corpus/populations/ssh-attacks.ts'
import { sshUsers } from '../../corpus/populations/ssh-users.ts'
import { type SshScenario } from './ssh-scenario.ts'

/** How large and how long; days before `testFrom` are learned from. */
export interface Size {
  readonly users: number
  readonly days: number
  readonly testFrom: number
}

export const REDUCED: Size = { users: 700, days: 10, testFrom: 6 }
export const FULL: Size = { users: 10_000, days: 30, testFrom: 20 }

/** Days of the sites watched for campaigns. */
export const CAMPAIGN_DAYS = { reduced: 62, full: 134 } as const

/** Programs nobody used before the days that are judged: what a frozen list would not know. */
const UNSEEN = ['0f1e2d3c000000000000000000000009'] as const

/** The populations that are judged, by what is asked of them. */
export function scenarios(seed: string, size: Size): readonly (readonly [string, SshScenario])[] {
  const { users, days, testFrom } = size
  const people = sshUsers(seed, users)
  const perThousand = users / 1_000
  const attackers = sshAttackers(seed, perThousand, 1, days)
  const campaigns = [0, 1, 2, 3].flatMap((number) =>
    sshCampaign(seed, number, testFrom - 1 + (number % 2)),
  )
  const of = (actors: readonly Actor[]): SshScenario => ({ seed, actors, days, testFrom })
  const unseen = [
    ...sshAttackers(seed, perThousand, 1, testFrom),
    ...sshAttackers(`${seed} unseen`, perThousand, testFrom, days, UNSEEN),
  ]
  const updated = sshUsers(seed, users, { share: 0.6, onDay: testFrom })
  const poisoned = (share: number): readonly Actor[] => [
    ...people,
    ...attackers,
    ...poisoners(seed, Math.ceil(share * users)),
  ]
  const shares = size === FULL ? [0.01, 0.05, 0.2] : [0.05]
  return [
    ['as it is', of([...people, ...attackers, ...campaigns])],
    ['attackers with a program never seen before', of([...people, ...unseen])],
    ['60 % of programs replaced on the first day judged', of([...updated, ...attackers])],
    ['nobody poisons, no campaigns', of([...people, ...attackers])],
    ...shares.map(
      (share) =>
        [`${100 * share} % of trusted clients are an attacker`, of(poisoned(share))] as const,
    ),
  ]
}

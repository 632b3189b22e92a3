import { type ChallengeAnswer } from '../../protocols/challenge/messages.ts'
import { type Challenge } from '../../protocols/challenge/messages.ts'
import { buildChallenge, type StepMaterial } from '../challenges/build-challenge.ts'
import { type ConnectionState } from '../challenges/connection-token.ts'
import { type Surroundings } from '../challenges/difficulty.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type Api } from './api.ts'

export type Answers = readonly ChallengeAnswer[]

/** The next challenge of a connection, as both SSH routes answer it. */
export interface AskedNow {
  readonly connectionToken: string
  readonly challenges: readonly { readonly kind: string }[]
  readonly challenge: Challenge
}

/** Makes the challenge for what is pending, with fresh chance and the time of now. */
export function askNow(
  state: ConnectionState,
  material: StepMaterial,
  policy: SshPolicy,
  surroundings: Surroundings,
  api: Api,
): AskedNow {
  const chance = {
    nonce: [api.freshId(), api.freshId()] as const,
    salt: api.freshId(),
  }
  const { challenge } = buildChallenge(
    state,
    material,
    policy,
    surroundings,
    api.challengeKeys,
    chance,
    api.now(),
  )
  api.metrics.count('challenges_total', 1, { round: String(challenge.round) })
  return {
    connectionToken: challenge.token,
    challenges: challenge.steps.map(({ kind }) => ({ kind })),
    challenge,
  }
}

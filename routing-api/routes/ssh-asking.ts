import { type Challenge } from '../../protocols/challenge/messages.ts'
import { buildChallenge, type StepMaterial } from '../challenges/build-challenge.ts'
import { type ConnectionState } from '../challenges/connection-token.ts'
import { deviceStep } from '../challenges/device-text.ts'
import { type Surroundings } from '../challenges/difficulty.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type Api } from './api.ts'

/** The next challenge of a connection, as both SSH routes answer it. */
export interface AskedNow {
  readonly connectionToken: string
  readonly challenges: readonly { readonly kind: string }[]
  readonly challenge: Challenge
}

/** What of the stores the pending steps need. A one-time code goes before a question: it cannot be found out. */
function materialFor(
  { sequence, user }: ConnectionState,
  told: Told,
  policy: SshPolicy,
  api: Api,
): StepMaterial {
  const { enrolments } = api.state
  const { enrolment: key } = api.challengeKeys
  const asked = sequence.pending.some(({ kind }) => kind === 'question')
  const byCode = user === null || enrolments.has(`totp/${user}`)
  const questions =
    asked && !byCode ? enrolments.questions(user, key, policy.questions.directory) : []
  const chosen = questions[Math.floor(api.random() * questions.length)]
  return {
    enrolment: told.enrolment,
    question: chosen === undefined ? undefined : { id: chosen.id, text: chosen.question.text },
    device: sequence.pending.some(({ kind }) => kind === 'device')
      ? deviceStep(policy, key)
      : undefined,
    notice: told.notice,
  }
}

/** What is told beside what is stored. */
export interface Told {
  readonly enrolment: string | undefined
  readonly notice?: string
}

/** Makes the challenge for what is pending, with fresh chance and the time of now. */
export function askNow(
  state: ConnectionState,
  told: Told,
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
    materialFor(state, told, policy, api),
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

import { clientEntity } from '../../lib/client-entity.ts'
import { type ClientPass } from '../challenges/client-passes.ts'
import { keyedName } from '../enrolments/enrolment.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type Api } from './api.ts'
import { controlRecord } from './control-record.ts'

/** What the API itself says on the control topic. */
export const OWN_WORD = { caller: 'routing-api', reason: 'challenge' } as const

const DAY_MS = 86_400_000

/** The keyed name of a client entity: of it nobody reads the address. */
export function clientName(address: Uint8Array, api: Api): string {
  return keyedName(api.challengeKeys.enrolment, 'client', clientEntity(address))
}

/** Under this id passes of client and program together are kept. */
export function passId(address: Uint8Array, fingerprint: string | null, api: Api): string {
  const pair = `${clientEntity(address)}|${fingerprint ?? ''}`
  return `${clientName(address, api)}/${keyedName(api.challengeKeys.enrolment, 'pair', pair)}`
}

/** Here at once, in the other instances within a second. */
export function rememberPass(id: string, pass: ClientPass, api: Api): void {
  api.state.passes.put(id, pass)
  const body = JSON.stringify(pass)
  api.put('Control', () => ({
    type: 'Control',
    record: controlRecord('pass', id, body, false, OWN_WORD, api),
  }))
}

/** Whom a wrong answer counts against. */
export interface Tried {
  /** Hash of the user name. */
  readonly user: string
  readonly client: string
}

/** Whether the questions of the user, or of the client, are closed. */
export function isLocked(tried: Tried, { questions }: SshPolicy, api: Api): boolean {
  const since = api.now() - questions.windowMinutes * 60_000
  return (
    api.state.tries.since(`user:${tried.user}`, since) >= questions.triesPerUser ||
    api.state.tries.since(`client:${tried.client}`, since) >= questions.triesPerClient
  )
}

/** An answer is being judged: however many come at once, no more are looked at than may be wrong. */
export function judging({ user, client }: Tried, api: Api): () => void {
  const ends = [`user:${user}`, `client:${client}`].map((one) => api.state.tries.judging(one))
  return () => {
    for (const end of ends) end()
  }
}

/** Counts a wrong answer durably before anybody is told that it was wrong. */
export async function countWrong(tried: Tried, api: Api): Promise<void> {
  for (const subject of [`user:${tried.user}`, `client:${tried.client}`]) {
    // A fraction by chance, so that two instances do not tell the same time of two answers.
    const at = api.now() + Math.floor(api.random() * 900) / 1_000
    const body = api.state.tries.add(subject, at, at - DAY_MS)
    const record = controlRecord('tries', subject, body, false, OWN_WORD, api)
    try {
      await api.append({ type: 'Control', record })
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'EventLogError') throw error
      // It counts here all the same, and is told to the others when the log is back.
      api.put('Control', () => ({ type: 'Control', record }))
    }
  }
}

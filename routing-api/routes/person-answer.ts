import { fromBase64Url, toBase64Url } from '../../protocols/challenge/base64url.ts'
import { type ChallengeAnswer } from '../../protocols/challenge/messages.ts'
import { unseal } from '../../protocols/challenge/seal.ts'
import { isSameMac } from '../../protocols/challenge/stamp-mac.ts'
import { type ConnectionState } from '../challenges/connection-token.ts'
import { isPersons } from '../challenges/due-steps.ts'
import { type AnswerVerdict } from '../challenges/sequence.ts'
import { sealEnrolment, type AnswerHash, type Enrolment } from '../enrolments/enrolment.ts'
import { normalAnswer } from '../enrolments/normal-answer.ts'
import { totpStep } from '../enrolments/totp.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type Api } from './api.ts'
import { countWrong, isLocked, judging, OWN_WORD, type Tried } from './challenge-memory.ts'
import { controlRecord, decree } from './control-record.ts'

export interface PersonVerdicts {
  readonly question?: AnswerVerdict
  readonly totp?: AnswerVerdict
}

/** Judges what a person answered before the key exchange: opens it, and looks at where it is stored. */
export async function personVerdicts(
  state: ConnectionState,
  answers: readonly ChallengeAnswer[],
  tried: Tried,
  policy: SshPolicy,
  api: Api,
): Promise<PersonVerdicts> {
  const verdicts: { question?: AnswerVerdict; totp?: AnswerVerdict } = {}
  for (const { kind } of state.sequence.pending.filter((step) => isPersons(step.kind))) {
    if (kind !== 'question' && kind !== 'totp') continue
    const { question } = state.asked
    const byQuestion = kind === 'question' && question !== undefined
    const given = answers.find((one) => one.kind === (byQuestion ? 'question' : 'totp'))
    const text = given === undefined ? undefined : opened(given, state, api)
    if (text === undefined) verdicts[kind] = 'absent'
    else if (byQuestion) verdicts[kind] = await questionVerdict(question, text, tried, policy, api)
    else verdicts[kind] = await totpVerdict(text, tried, policy, api)
  }
  return verdicts
}

/** Whether the answer to an enrolled question is right. Wrong ones count, right ones do not. */
export async function questionVerdict(
  id: string,
  text: string,
  tried: Tried,
  policy: SshPolicy,
  api: Api,
): Promise<AnswerVerdict> {
  if (isLocked(tried, policy, api)) return 'absent'
  const found = api.state.enrolments.find(id, api.challengeKeys.enrolment)
  if (found?.kind !== 'question') return 'absent'
  const done = judging(tried, api)
  try {
    const right = await isAnswer(text, found.answer, api)
    if (right === false) await countWrong(tried, api)
    return verdictOf(right)
  } finally {
    done()
  }
}

function verdictOf(right: boolean | undefined): AnswerVerdict {
  return right === undefined ? 'late' : right ? 'right' : 'wrong'
}

/** Whether a one-time code of the user is right; it is spent at once, for all instances. */
export async function totpVerdict(
  text: string,
  tried: Tried,
  policy: SshPolicy,
  api: Api,
): Promise<AnswerVerdict> {
  if (isLocked(tried, policy, api)) return 'absent'
  const id = `totp/${tried.user}`
  const found = api.state.enrolments.find(id, api.challengeKeys.enrolment)
  if (found?.kind !== 'totp') return 'absent'
  const done = judging(tried, api)
  try {
    return await spendCode(id, found, text, tried, api)
  } finally {
    done()
  }
}

async function spendCode(
  id: string,
  found: Extract<Enrolment, { kind: 'totp' }>,
  text: string,
  tried: Tried,
  api: Api,
): Promise<AnswerVerdict> {
  const { enrolment: key } = api.challengeKeys
  const step = totpStep(Buffer.from(found.secret, 'base64url'), text, api.now(), found.lastStep)
  if (step === undefined) {
    await countWrong(tried, api)
    return 'wrong'
  }
  const body = sealEnrolment({ ...found, lastStep: step }, id, key, api.freshId())
  await decree(controlRecord('enrolment', id, body, false, OWN_WORD, api), api)
  return 'right'
}

/** Undefined when too many answers are being hashed: it is asked anew. */
async function isAnswer(text: string, stored: AnswerHash, api: Api): Promise<boolean | undefined> {
  const normal = normalAnswer(text)
  try {
    const hash = await api.slowHash(normal, Buffer.from(stored.salt, 'base64url'), stored.logCost)
    return normal !== '' && isSameMac(hash, Buffer.from(stored.hash, 'base64url'))
  } catch (error) {
    if (error instanceof Error && error.name === 'SlowHashBusy') return undefined
    throw error
  }
}

const LOG_COST = 15

/** The stored form of an answer; undefined when nothing of it is left by the normal form. */
export async function answerHash(text: string, api: Api): Promise<AnswerHash | undefined> {
  const normal = normalAnswer(text)
  if (normal === '') return undefined
  const salt = api.freshId()
  const hash = await api.slowHash(normal, salt, LOG_COST)
  return { salt: toBase64Url(salt), hash: toBase64Url(hash), logCost: LOG_COST }
}

function opened(answer: ChallengeAnswer, state: ConnectionState, api: Api): string | undefined {
  if (answer.kind !== 'question' && answer.kind !== 'totp') return undefined
  const purpose = answer.kind === 'question' ? 'answer' : 'totp'
  const place = {
    purpose,
    bind: Buffer.from(state.bind, 'base64url'),
    nonce: Buffer.from(state.nonce, 'base64url'),
  } as const
  const sealed = fromBase64Url(answer.sealed)
  const text = sealed === undefined ? undefined : unseal(api.challengeKeys.seal, place, sealed)
  return text?.toString('utf8')
}

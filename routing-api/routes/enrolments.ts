import { z } from 'zod'
import { toBase64Url } from '../../protocols/challenge/base64url.ts'
import { ORGANISATION, sealEnrolment, type Enrolment } from '../enrolments/enrolment.ts'
import { MAX_ENROLMENTS } from '../enrolments/enrolment-store.ts'
import { otpauthUri } from '../enrolments/totp.ts'
import { type Api } from './api.ts'
import { controlRecord, decree, type Word } from './control-record.ts'
import { EnrolmentList, EnrolmentRequest, EnrolmentResponse } from './enrolment-schemas.ts'
import { answerHash } from './person-answer.ts'
import { Problem } from './response-schemas.ts'
import { ok, problem, query, route, type Call, type Reply } from './route.ts'

type Input = z.infer<typeof EnrolmentRequest>
const MOST_SHOWN = 1_000
/** Devices of connections that told no user name are kept under it. */
const NO_USER = '-'

/** What is enrolled, without what it holds: of one user, or the first thousand. */
export const listEnrolments = query({
  method: 'GET',
  path: '/v1/enrolments',
  scope: 'operator',
  summary: 'What is enrolled, without answers and secrets; ?user= names one user',
  query: z.object({ user: z.string().optional() }),
  responses: { 200: EnrolmentList },
  handle({ query: asked }, api): Reply {
    const user = asked.get('user')
    const subject = user === null ? undefined : subjectOf(user, api)
    const entries = api.state.enrolments.entries(subject)
    const consents = subject === undefined ? [] : api.state.enrolments.consentsOf(subject)
    return ok({ total: entries.length, entries: entries.slice(0, MOST_SHOWN), consents })
  },
})

/** Enrols a question, one-time codes or a client's key, keeps a consent, or withdraws everything of a user. */
export const putEnrolment = route<Input>({
  method: 'PUT',
  path: '/v1/enrolments',
  scope: 'operator',
  summary: 'Enrol a question, one-time codes or a client key, keep a consent, or withdraw',
  request: EnrolmentRequest,
  responses: { 200: EnrolmentResponse, 400: Problem, 507: Problem },
  async handle(call, api): Promise<Reply> {
    if (call.input.kind !== 'withdraw' && api.state.enrolments.size >= MAX_ENROLMENTS) {
      return problem(507, 'enrolments-full', `${MAX_ENROLMENTS} enrolments are kept: no room`)
    }
    return enrol(call, api)
  },
})

async function enrol({ input, caller }: Call<Input>, api: Api): Promise<Reply> {
  const word: Word = { caller, actor: input.actor, reason: input.reason }
  switch (input.kind) {
    case 'question': {
      const answer = await answerHash(input.answer, api)
      if (answer === undefined) {
        return problem(400, 'invalid', 'an answer needs a letter or a digit', 'answer')
      }
      const id = `question/${subjectOf(input.user, api)}/${input.name}`
      const { question: text, source } = input
      await keep(id, { kind: 'question', text, answer, source }, word, api)
      return ok({ id })
    }
    case 'totp': {
      const id = `totp/${subjectOf(input.user, api)}`
      const secret = Buffer.concat([api.freshId(), api.freshId()]).subarray(0, 20)
      await keep(id, { kind: 'totp', secret: toBase64Url(secret), lastStep: 0 }, word, api)
      return ok({ id, secret: otpauthUri(secret, input.user, input.issuer) })
    }
    case 'key': {
      const id = `key/${input.name}`
      const key = toBase64Url(Buffer.concat([api.freshId(), api.freshId()]))
      await keep(id, { kind: 'key', key, label: input.label }, word, api)
      return ok({ id, secret: key })
    }
    case 'consent': {
      const id = `${input.to}/${subjectOf(input.user, api)}`
      await decree(controlRecord('consent', id, input.text, false, word, api), api)
      return ok({ id })
    }
    case 'withdraw':
      return withdraw(input, word, api)
  }
}

/** Everything of a user, or a client's key: deleted here and on the topic, consents too. */
async function withdraw(
  { user, key, only }: Extract<Input, { kind: 'withdraw' }>,
  word: Word,
  api: Api,
): Promise<Reply> {
  const subject = user === undefined ? key : subjectOf(user, api)
  if (subject === undefined) return problem(400, 'invalid', 'name a user or a key', 'user')
  const { enrolments } = api.state
  const entries = enrolments.entries(subject)
  const ids = entries.filter(({ id, kind }) => {
    if (only !== undefined) return isOf(only, id, kind, api)
    return (kind === 'key') === (user === undefined)
  })
  for (const { id } of ids) {
    await decree(controlRecord('enrolment', id, '{}', true, word, api), api)
  }
  const consents = (user === undefined ? [] : enrolments.consentsOf(subject)).filter(
    (id) => only === undefined || id.startsWith(`${only}/`),
  )
  for (const id of consents) await decree(controlRecord('consent', id, '{}', true, word, api), api)
  return ok({ id: subject, withdrawn: ids.length + consents.length })
}

/** Whether an enrolment is one of devices, or was made of the directory. */
function isOf(only: 'device' | 'directory', id: string, kind: string, api: Api): boolean {
  if (only === 'device') return kind === 'device'
  const found = api.state.enrolments.find(id, api.challengeKeys.enrolment)
  return found?.kind === 'question' && found.source === 'directory'
}

async function keep(id: string, enrolment: Enrolment, word: Word, api: Api): Promise<void> {
  const body = sealEnrolment(enrolment, id, api.challengeKeys.enrolment, api.freshId())
  await decree(controlRecord('enrolment', id, body, false, word, api), api)
}

function subjectOf(user: string, api: Api): string {
  return user === ORGANISATION || user === NO_USER ? user : api.challengeKeys.hashName(user)
}

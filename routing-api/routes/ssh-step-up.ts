import { z } from 'zod'
import { fromBase64Url, toBase64Url } from '../../protocols/challenge/base64url.ts'
import { INSTANCE_SKEW_MS } from '../challenges/connection-token.ts'
import { openJson, sealJson } from '../challenges/sealed-json.ts'
import { sshPolicyOf } from '../policy/active-policy.ts'
import { type Api } from './api.ts'
import { clientName, isLocked } from './challenge-memory.ts'
import { connectionOf, DEFAULT_LISTENER } from './handshakes.ts'
import { questionVerdict, totpVerdict } from './person-answer.ts'
import { Problem } from './response-schemas.ts'
import { ok, problem, route, type Call, type Reply } from './route.ts'
import { Client, Listener } from './schemas.ts'

const StepUpRequest = z.union([
  z.strictObject({
    client: Client,
    user: z.string().min(1).max(256),
    listener: Listener.optional(),
    service: z.string().max(64).optional(),
  }),
  z.strictObject({ token: z.string().max(4_096), answer: z.string().max(256) }),
])
type Input = z.infer<typeof StepUpRequest>

const StepUpResponse = z.strictObject({
  action: z.enum(['ask', 'allow', 'deny']),
  token: z.string(),
  prompt: z.string().optional(),
  echo: z.boolean(),
  /** What is asked for. */
  kind: z.enum(['question', 'totp']).optional(),
  message: z.string().optional(),
  code: z.string().optional(),
})

/** A conversation between its requests; no instance remembers it. */
const State = z.strictObject({
  user: z.string(),
  client: z.string(),
  listener: z.string(),
  /** Id of the question; null: a one-time code. */
  question: z.string().nullable(),
  mistakes: z.int(),
  expiresAt: z.number(),
})
type State = Readonly<z.infer<typeof State>>

/**
 * The PAM conversation after the key exchange. Never a default that lets in: when this fails the caller gets
 * an error, and the PAM helper refuses.
 */
export const sshStepUp = route<Input>({
  method: 'POST',
  path: '/v1/ssh/step-up',
  scope: 'gate',
  summary: "The PAM conversation's question and answer, after the key exchange",
  request: StepUpRequest,
  responses: { 200: StepUpResponse, 400: Problem },
  handle: (call, api) => ('token' in call.input ? judge(call.input, api) : begin(call, api)),
})

function begin({ input }: Call<Input>, api: Api): Reply {
  if ('token' in input) throw new Error('a begun conversation begins')
  const { clientAddress, listener } = connectionOf(input, api)
  const policy = sshPolicyOf(api.state.policy, listener)
  const user = api.challengeKeys.hashName(input.user)
  const client = clientName(clientAddress, api)
  if (!policy.questions.enabled) return unenrolled(policy.questions.unenrolled)
  if (isLocked({ user, client }, policy, api)) return deny('question-locked')
  const { enrolments } = api.state
  const { enrolment: key } = api.challengeKeys
  const byCode = enrolments.has(`totp/${user}`)
  const questions = byCode ? [] : enrolments.questions(user, key, policy.questions.directory)
  const chosen = questions[Math.floor(api.random() * questions.length)]
  if (!byCode && chosen === undefined) return unenrolled(policy.questions.unenrolled)
  const question = chosen?.id ?? null
  const expiresAt = api.now() + policy.sequence.personWithinS * 1_000
  const state = {
    user,
    client,
    listener: input.listener ?? DEFAULT_LISTENER,
    question,
    mistakes: 0,
    expiresAt,
  }
  return ask(state, api)
}

async function judge(
  { token, answer }: Extract<Input, { token: string }>,
  api: Api,
): Promise<Reply> {
  const state = opened(token, api)
  if (state === undefined) return problem(400, 'token-invalid', 'is no token of this API', 'token')
  if (api.now() > state.expiresAt + INSTANCE_SKEW_MS) return deny('challenge-failed')
  const policy = sshPolicyOf(api.state.policy, state.listener)
  const verdict =
    state.question === null
      ? await totpVerdict(answer, state, policy, api)
      : await questionVerdict(state.question, answer, state, policy, api)
  if (verdict === 'right') return ok({ action: 'allow', token: '', echo: false })
  const mistakes = state.mistakes + 1
  const over = verdict === 'absent' || mistakes >= policy.sequence.tries
  return over ? deny('challenge-failed') : ask({ ...state, mistakes }, api)
}

function ask(state: State, api: Api): Reply {
  const found =
    state.question === null
      ? undefined
      : api.state.enrolments.find(state.question, api.challengeKeys.enrolment)
  const prompt = found?.kind === 'question' ? `${found.text} ` : 'One-time code: '
  const kind = found?.kind === 'question' ? 'question' : 'totp'
  const [key] = api.challengeKeys.tokens
  const sealed = sealJson(key.token, api.freshId(), 'step-up', state)
  return ok({
    action: 'ask',
    token: `1.${key.id}.${toBase64Url(sealed)}`,
    prompt,
    echo: false,
    kind,
  })
}

function opened(token: string, api: Api): State | undefined {
  const [version, id, text] = token.split('.')
  const key = api.challengeKeys.tokens.find((known) => known.id === id)
  const sealed = text === undefined ? undefined : fromBase64Url(text)
  if (version !== '1' || key === undefined || sealed === undefined) return undefined
  return State.safeParse(openJson(key.token, 'step-up', sealed)).data
}

function unenrolled(action: 'deny' | 'allow'): Reply {
  return action === 'allow' ? ok({ action, token: '', echo: false }) : deny('no-question-store')
}

function deny(code: 'question-locked' | 'challenge-failed' | 'no-question-store'): Reply {
  return ok({ action: 'deny', token: '', echo: false, code, message: 'Access denied.' })
}

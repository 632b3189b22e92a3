import { type z } from 'zod'
import { type StepEnd } from '../../lib/challenge-results.ts'
import { openToken, type ConnectionState, type StepResult } from '../challenges/connection-token.ts'
import { logPace } from '../challenges/answer-evidence.ts'
import { baselineOf, failedPass, granted, paced } from '../challenges/client-passes.ts'
import { isPersons, LEVELS, type SequenceKind } from '../challenges/due-steps.ts'
import { judgeAnswers } from '../challenges/judge-answers.ts'
import { riskAfter } from '../challenges/risk-nats.ts'
import { advance, riskOf, type AnswerVerdict, type JudgedStep } from '../challenges/sequence.ts'
import { type Next } from '../challenges/sequence-table.ts'
import { refusal } from '../decisions/decide-ssh-connection.ts'
import { reason } from '../decisions/reason.ts'
import { type ReasonCode } from '../decisions/reason-codes.ts'
import { sshPolicyOf } from '../policy/active-policy.ts'
import { bandBy } from '../policy/band-by.ts'
import { type Api } from './api.ts'
import { Problem, SshResponsesResponse } from './response-schemas.ts'
import { decisionRoute, ok, type Call, type Reply } from './route.ts'
import { SshResponsesRequest } from './schemas.ts'
import { clientName, passId, rememberPass } from './challenge-memory.ts'
import { deviceAnswer, keepDevice } from './device-answer.ts'
import { personVerdicts, type PersonVerdicts } from './person-answer.ts'
import { alertCritical } from './critical-alert.ts'
import { askNow } from './ssh-asking.ts'
import { surroundingsOf } from './surroundings.ts'

type Input = z.infer<typeof SshResponsesRequest>

/** Judges the answers to a challenge: on, another challenge, or the end. */
export const sshResponses = decisionRoute<Input>({
  method: 'POST',
  path: '/v1/ssh/responses',
  scope: 'gate',
  summary:
    'What the answers to a challenge lead to: proceed, another challenge, step-up, or the end',
  request: SshResponsesRequest,
  responses: { 200: SshResponsesResponse, 400: Problem },
  handle: answer,
  fallback,
})

function answer({ input }: Call<Input>, api: Api): Reply | Promise<Reply> {
  const opened = openToken(input.connectionToken, api.challengeKeys, api.now())
  if (opened.kind === 'invalid') return ended('terminate', 'token-invalid', api)
  const { state } = opened
  const given: Given = { input, expired: opened.kind === 'expired' }
  const persons = state.sequence.pending.some(({ kind }) => isPersons(kind))
  if (!persons || given.expired || input.responses.length === 0) return go(state, given, {}, api)
  const policy = sshPolicyOf(api.state.policy, state.listener)
  const client = clientName(Buffer.from(state.address, 'hex'), api)
  const tried = { user: state.user ?? '-', client }
  return personVerdicts(state, input.responses, tried, policy, api).then((person) =>
    go(state, given, person, api),
  )
}

interface Given {
  readonly input: Input
  readonly expired: boolean
}

/** Judges all answers and takes the step of the sequence that follows. */
function go(state: ConnectionState, given: Given, person: PersonVerdicts, api: Api): Reply {
  const { input, expired } = given
  const policy = sshPolicyOf(api.state.policy, state.listener)
  const surroundings = surroundingsOf(input.gateLoad, api)
  const id = passId(Buffer.from(state.address, 'hex'), state.fingerprint, api)
  const device = expired ? undefined : deviceAnswer(state, input.responses, policy, api)
  const key = api.challengeKeys.enrolment
  const judged = judgeAnswers(
    state,
    {
      answers: input.responses,
      token: input.connectionToken,
      expired,
      elapsedMs: input.elapsedMs,
      nowMs: api.now(),
      expectedMs: (state.asked.hashes ?? 0) / policy.puzzle.hashesPerMs,
      baseline: baselineOf(api.state.passes.find(id)),
      enrolledKey: (name) => api.state.enrolments.clientKey(name, key),
      person,
      device,
    },
    api.challengeKeys,
  )
  const { next, sequence } = advance(state.sequence, judged, policy)
  const results = [...state.results, ...resultsOf(judged, state, input.elapsedMs)].slice(-64)
  const after: ConnectionState = { ...state, sequence, results }
  remember(id, after, judged, next, given, api)
  if (device !== undefined && next === 'proceed') keepDevice(after, device, policy, api)
  if (next === 'refuse') alertRefused(after, api)
  if (next !== 'ask') return over(next, after, api)
  const told = { enrolment: state.asked.enrolment, ...noticeOf(judged) }
  const asked = askNow(after, told, policy, surroundings, api)
  return ok({ ...factsOf(after, api), ...asked, action: 'challenge', delayMs: 0, reasons: [] })
}

/** What outlasts the connection: the pace of a solved puzzle, a pass when it was met, what failing added. */
function remember(
  id: string,
  after: ConnectionState,
  judged: readonly JudgedStep[],
  next: Next,
  { input }: Given,
  api: Api,
): void {
  let pass = api.state.passes.find(id)
  const before = pass
  const { hashes } = after.asked
  const solved = judged.some(({ step, verdict }) => step.kind === 'puzzle' && verdict === 'right')
  if (solved && hashes !== undefined) pass = paced(pass, logPace(input.elapsedMs, hashes))
  const { sequence } = after
  const { bands } = sshPolicyOf(api.state.policy, after.listener)
  const earned = LEVELS[bandBy(bands, riskAfter(sequence.baseNats, 0, 0, sequence.ceiling))]
  if (next === 'proceed' && earned > 0) pass = granted(pass, earned, api.now())
  if (next === 'fail' || next === 'refuse') {
    pass = failedPass(pass, sequence.raised, api.now())
    api.alarm.add(api.now())
  }
  if (pass !== before) rememberPass(id, pass, api)
}

function noticeOf(judged: readonly JudgedStep[]): { readonly notice?: string } {
  const wrong = judged.some(({ verdict }) => verdict === 'wrong')
  if (wrong) return { notice: 'That answer was not right. Try again.' }
  const late = judged.some(({ verdict }) => verdict === 'late')
  return late ? { notice: 'The answer came too late. Try again.' } : {}
}

/** Answers made the risk critical: the connection ends, and somebody is told. */
function alertRefused(state: ConnectionState, api: Api): void {
  const { listener, gate, decisionId, fingerprint } = state
  alertCritical(
    {
      ...{ listener, gate, decisionId, fingerprint, terminated: true },
      clientAddress: Buffer.from(state.address, 'hex'),
      risk: riskOf(state.sequence),
      codes: ['challenge-critical'],
    },
    api,
  )
}

const ENDS = {
  proceed: ['proceed', undefined],
  'step-up': ['step-up', 'ask-elsewhere'],
  fail: ['terminate', 'challenge-failed'],
  refuse: ['terminate', 'challenge-critical'],
} as const satisfies Record<Exclude<Next, 'ask'>, readonly [string, ReasonCode | undefined]>

function over(next: Exclude<Next, 'ask'>, state: ConnectionState, api: Api): Reply {
  const [action, code] = ENDS[next]
  api.metrics.count('challenge_ends_total', 1, { end: next })
  return ended(action, code, api, state)
}

function ended(
  action: 'proceed' | 'step-up' | 'terminate',
  code: ReasonCode | undefined,
  api: Api,
  state?: ConnectionState,
): Reply {
  const policy = sshPolicyOf(api.state.policy, state?.listener ?? '')
  const words =
    action === 'terminate' && code !== undefined
      ? { message: refusal(policy.refusal, code), code, contact: policy.contact }
      : {}
  return ok({
    ...factsOf(state, api),
    connectionToken: '',
    action,
    challenges: [],
    challenge: null,
    delayMs: 0,
    reasons: code === undefined ? [] : [reason(code)],
    ...words,
  })
}

function factsOf(
  state: ConnectionState | undefined,
  api: Api,
): Pick<
  z.infer<typeof SshResponsesResponse>,
  'decisionId' | 'connectionId' | 'risk' | 'band' | 'results' | 'policyVersion'
> {
  const risk = state === undefined ? 0 : riskOf(state.sequence)
  return {
    decisionId: state?.decisionId ?? null,
    connectionId: state?.connectionId ?? null,
    risk,
    band: bandBy(sshPolicyOf(api.state.policy, state?.listener ?? '').bands, risk),
    results: [...(state?.results ?? [])],
    policyVersion: api.state.policy.version,
  }
}

function resultsOf(
  judged: readonly JudgedStep[],
  { asked }: ConnectionState,
  elapsedMs: number,
): readonly StepResult[] {
  return judged.map(({ step, verdict, nats }) => {
    // Without a key of its own a client is given a cookie, which proves its address only.
    const kind = step.kind === 'mac' && asked.enrolment === undefined ? 'cookie' : step.kind
    return { kind, result: endOf(step.kind, verdict, nats), elapsedMs }
  })
}

function endOf(kind: SequenceKind, verdict: AnswerVerdict, nats: number): StepEnd {
  if (verdict === 'late' || verdict === 'absent') return 'timeout'
  if (verdict !== 'right') return verdict
  return kind === 'puzzle' && nats > 0 ? 'slow' : 'passed'
}

/**
 * A fault of ours: the configured default, as for connections. Whom a person's answer was asked of goes to the
 * step-up server instead: a fault lets nobody past a question.
 */
function fallback({ input }: Call<Input>, api: Api): Reply {
  const opened = openToken(input.connectionToken, api.challengeKeys, api.now())
  if (opened.kind === 'invalid') return ended('terminate', 'token-invalid', api)
  const { state } = opened
  const { action } = api.state.policy.settings.failStatic
  const asked = [...state.sequence.pending, ...state.sequence.owed]
  const stepUp = action === 'step-up' || asked.some(({ kind }) => isPersons(kind))
  return ended(stepUp ? 'step-up' : 'proceed', 'internal-fault', api, state)
}

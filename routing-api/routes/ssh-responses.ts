import { type z } from 'zod'
import { openToken, type ConnectionState, type StepResult } from '../challenges/connection-token.ts'
import { puzzleMs } from '../challenges/difficulty.ts'
import { judgeAnswers } from '../challenges/judge-answers.ts'
import { advance, riskOf, type JudgedStep } from '../challenges/sequence.ts'
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
import { askNow } from './ssh-asking.ts'

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

function answer({ input }: Call<Input>, api: Api): Reply {
  const opened = openToken(input.connectionToken, api.challengeKeys, api.now())
  if (opened.kind === 'invalid') return ended('terminate', 'token-invalid', api)
  const { state } = opened
  const policy = sshPolicyOf(api.state.policy, state.listener)
  const surroundings = { alarm: 0, load: input.gateLoad ?? 0 }
  const puzzle = state.sequence.pending.find(({ kind }) => kind === 'puzzle')
  const judged = judgeAnswers(
    state,
    {
      answers: input.responses,
      token: input.connectionToken,
      expired: opened.kind === 'expired',
      elapsedMs: input.elapsedMs,
      nowMs: api.now(),
      expectedMs: puzzleMs(riskOf(state.sequence), puzzle?.level ?? 1, surroundings, policy),
      baseline: undefined,
      enrolledKey: () => undefined,
      person: {},
      device: undefined,
    },
    api.challengeKeys,
  )
  const { next, sequence } = advance(state.sequence, judged, policy)
  const results = [...state.results, ...resultsOf(judged, input.elapsedMs)].slice(-64)
  const after: ConnectionState = { ...state, sequence, results }
  if (next !== 'ask') return over(next, after, api)
  const material = {
    enrolment: undefined,
    question: undefined,
    device: undefined,
    notice: undefined,
  }
  const asked = askNow(after, material, policy, surroundings, api)
  return ok({ ...factsOf(after, api), ...asked, action: 'challenge', delayMs: 0, reasons: [] })
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

function resultsOf(judged: readonly JudgedStep[], elapsedMs: number): readonly StepResult[] {
  return judged.map(({ step: { kind }, verdict }) => {
    const timeout = verdict === 'late' || verdict === 'absent'
    const result = verdict === 'right' ? 'passed' : timeout ? 'timeout' : verdict
    return { kind, result, elapsedMs }
  })
}

/** A fault of ours: the configured default, as for connections. */
function fallback({ input }: Call<Input>, api: Api): Reply {
  const opened = openToken(input.connectionToken, api.challengeKeys, api.now())
  const state = opened.kind === 'invalid' ? undefined : opened.state
  const { action } = api.state.policy.settings.failStatic
  return ended(action === 'step-up' ? 'step-up' : 'proceed', 'internal-fault', api, state)
}

import { z } from 'zod'
import { parseAddress } from '../../lib/client-entity.ts'
import {
  bandBy,
  decideSshConnection,
  type SshDecision,
} from '../decisions/decide-ssh-connection.ts'
import { type DecisionView } from '../decisions/decision-view.ts'
import { reason } from '../decisions/reason.ts'
import { readSshInHand } from '../decisions/ssh-in-hand.ts'
import { type GateConnection } from '../decisions/gate-connection.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { type Api } from './api.ts'
import { settle } from './decision-reply.ts'
import { connectionOf, failed } from './handshakes.ts'
import { Problem, SshConnectionResponse } from './response-schemas.ts'
import { decisionRoute, ok, problem, route, type Call, type Reply } from './route.ts'
import { SshConnectionRequest } from './schemas.ts'

type Input = z.infer<typeof SshConnectionRequest>

/** How hard an SSH client is challenged before its key exchange goes on. */
export const sshConnections = decisionRoute<Input>({
  method: 'POST',
  path: '/v1/ssh/connections',
  scope: 'gate',
  summary: 'What the SSH gate does with this connection, and why',
  request: SshConnectionRequest,
  responses: { 200: SshConnectionResponse, 400: Problem },
  handle: answer,
  fallback,
})

function answer({ input }: Call<Input>, api: Api): Reply {
  const startedAt = api.monotonic()
  const connection = connectionOf(input, api)
  const view = api.state.view(connection.nowMs)
  const kexInit =
    input.kexInit === undefined ? undefined : new Uint8Array(Buffer.from(input.kexInit, 'base64'))
  const { record, evidence } = readSshInHand(
    input.identification,
    kexInit,
    connection,
    view.population,
  )
  const decision = decideSshConnection(
    {
      address: connection.clientAddress,
      protocol: 'ssh',
      fingerprint: record.hassh,
      inHand: evidence,
      serverAddress: parseAddress(connection.listener.replace(/:\d{1,5}$/, '')) ?? null,
      nowMs: connection.nowMs,
    },
    connection.listener,
    input.aware,
    view,
  )
  if (!rulesOf(view.policy, connection.listener, 'ssh').sensor) {
    api.put('SshConnection', () => ({ type: 'SshConnection', record }))
  }
  return replyOf(decision, connection, record.hassh, record.connectionId, startedAt, api)
}

function replyOf(
  decision: SshDecision,
  connection: GateConnection,
  fingerprint: string | null,
  connectionId: Uint8Array | null,
  startedAt: number,
  api: Api,
): Reply {
  const { verdict, action, wouldBe, shadow, threshold, band, reasons } = decision
  const common = settle(
    {
      kind: 'ssh-connection',
      connection,
      connectionId,
      verdict,
      answer: action,
      wouldBe,
      shadow,
      threshold,
      band,
      server: undefined,
      fingerprint,
      sni: null,
      reasons,
      startedAt,
    },
    api,
  )
  return ok({
    ...common,
    connectionToken: common.decisionId,
    risk: decision.risk,
    threshold,
    action,
    wouldBe,
    challenges: decision.challenges.map((kind) => ({ kind })),
    ...(decision.message === undefined ? {} : { message: decision.message }),
    fingerprint,
  })
}

/** The configured default action, and the plain statement that we failed. */
function fallback({ input }: Call<Input>, api: Api): Reply {
  const connection = connectionOf(input, api)
  const view: Pick<DecisionView, 'policy'> = api.state
  const { shadow, threshold } = rulesOf(view.policy, connection.listener, 'ssh')
  const { failStatic, ssh } = view.policy.settings
  const action = shadow ? 'pass' : failStatic.action
  const reasons = [reason('internal-fault')]
  const decision: SshDecision = {
    verdict: failed(reasons),
    risk: 0,
    band: bandBy(ssh.bands, 0),
    action,
    wouldBe: failStatic.action,
    shadow,
    threshold,
    challenges: action === 'challenge' ? ssh.challenges.low : [],
    message: undefined,
    reasons,
  }
  return replyOf(decision, connection, null, null, api.monotonic(), api)
}

/** Routes whose rooms are not built yet: they say so, with a code. */
export const NOT_BUILT = [
  ['POST', '/v1/ssh/responses', 'gate', 'Answers to SSH challenges'],
  ['POST', '/v1/ssh/step-up', 'gate', "The PAM conversation's question and answer"],
  ['GET', '/v1/enrolments', 'operator', 'Question, TOTP, device and key enrolment'],
  ['PUT', '/v1/enrolments', 'operator', 'Question, TOTP, device and key enrolment'],
].map(([method, path, scope, summary]) =>
  route({
    method: method === 'POST' ? 'POST' : method === 'PUT' ? 'PUT' : 'GET',
    path: path ?? '',
    scope: scope === 'gate' ? 'gate' : 'operator',
    summary: `${summary ?? ''} (not built yet)`,
    request: z.unknown(),
    responses: { 501: Problem },
    handle: () => problem(501, 'not-implemented', 'challenges come with a later version'),
  }),
)

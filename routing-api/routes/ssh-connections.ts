import { type z } from 'zod'
import { parseAddress } from '../../lib/client-entity.ts'
import { toBase64Url } from '../../protocols/challenge/base64url.ts'
import { type ConnectionState } from '../challenges/connection-token.ts'
import { isPassGood, used } from '../challenges/client-passes.ts'
import { LEVELS } from '../challenges/due-steps.ts'
import { begin, type Sequence } from '../challenges/sequence.ts'
import { stampOf } from '../challenges/stamp.ts'
import {
  decideSshConnection,
  refusal,
  type SshDecision,
} from '../decisions/decide-ssh-connection.ts'
import { reason } from '../decisions/reason.ts'
import { readSshInHand, type SshInHand } from '../decisions/ssh-in-hand.ts'
import { type GateConnection } from '../decisions/gate-connection.ts'
import { LOOKING, rulesOf, sshPolicyOf } from '../policy/active-policy.ts'
import { bandBy } from '../policy/band-by.ts'
import { type Api } from './api.ts'
import { hexOf, settle } from './decision-reply.ts'
import { connectionOf, failed } from './handshakes.ts'
import { Problem, SshConnectionResponse } from './response-schemas.ts'
import { decisionRoute, ok, type Call, type Reply } from './route.ts'
import { SshConnectionRequest } from './schemas.ts'
import { passId, rememberPass } from './challenge-memory.ts'
import { alertCritical } from './critical-alert.ts'
import { askNow, type AskedNow } from './ssh-asking.ts'
import { openConnection, type Opened } from './ssh-opening.ts'
import { surroundingsOf } from './surroundings.ts'

type Input = z.infer<typeof SshConnectionRequest>

/** How hard an SSH client is challenged before its key exchange goes on. */
export const sshConnections = decisionRoute<Input>({
  method: 'POST',
  path: '/v1/ssh/connections',
  scope: 'gate',
  summary: 'What the SSH gate does with this connection, and why; the first challenge',
  request: SshConnectionRequest,
  responses: { 200: SshConnectionResponse, 400: Problem },
  handle: answer,
  fallback,
})

const NOTHING_SHOWN: SshInHand = { record: undefined, evidence: [] }

function answer({ input }: Call<Input>, api: Api): Reply {
  const startedAt = api.monotonic()
  const connection = connectionOf(input, api)
  const view = api.state.view(connection.nowMs)
  const kexInit =
    input.kexInit === undefined ? undefined : new Uint8Array(Buffer.from(input.kexInit, 'base64'))
  const { record, evidence } =
    input.identification === undefined
      ? NOTHING_SHOWN
      : readSshInHand(input.identification, kexInit, connection, view.population)
  const fingerprint = record?.hassh ?? null
  const policy = sshPolicyOf(view.policy, connection.listener)
  const id = passId(connection.clientAddress, fingerprint, api)
  const pass = api.state.passes.find(id)
  const decision = decideSshConnection(
    {
      address: connection.clientAddress,
      protocol: 'ssh',
      fingerprint,
      inHand: evidence,
      serverAddress: parseAddress(connection.listener.replace(/:\d{1,5}$/, '')) ?? null,
      nowMs: connection.nowMs,
    },
    connection.listener,
    {
      aware: input.aware && input.hello !== undefined,
      hasPass: (risk, band) => isPassGood(pass, risk, LEVELS[band], connection.nowMs, policy),
    },
    view,
  )
  if (decision.band !== 'low' && decision.verdict.word === 'none') api.alarm.add(connection.nowMs)
  const byPass = decision.reasons.some(({ code }) => code === 'challenge-pass')
  if (byPass && decision.action === 'pass' && !decision.shadow) rememberPass(id, used(pass), api)
  if (record !== undefined && !rulesOf(view.policy, connection.listener, 'ssh').sensor) {
    api.put('SshConnection', () => ({ type: 'SshConnection', record }))
  }
  const shown = { fingerprint, connectionId: record?.connectionId ?? null }
  return replyOf(decision, { input, connection, startedAt, ...shown }, api)
}

interface Shown {
  readonly input: Input
  readonly connection: GateConnection
  readonly startedAt: number
  readonly fingerprint: string | null
  readonly connectionId: Uint8Array | null
}

function replyOf(decided: SshDecision, shown: Shown, api: Api): Reply {
  const decisionId = api.freshId()
  const { connection, fingerprint, connectionId, startedAt } = shown
  const { decision, asked } = asking(decided, shown, decisionId, api)
  const { action, wouldBe, shadow, threshold, band, verdict, reasons } = decision
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
    decisionId,
  )
  const { clientAddress, clientPort, nowMs, listener } = connection
  if (wouldBe === 'terminate' && verdict.word === 'none' && listener !== LOOKING) {
    alertCritical(
      {
        ...{ clientAddress, listener, gate: connection.gate, risk: decision.risk, fingerprint },
        ...{ decisionId: hexOf(decisionId), terminated: action === 'terminate' },
        codes: reasons.map(({ code }) => code),
      },
      api,
    )
  }
  const { contact, refusal: template } = sshPolicyOf(api.state.policy, listener)
  const code = reasons[0]?.code ?? 'unknown'
  return ok({
    ...common,
    connectionToken: asked?.connectionToken ?? '',
    risk: decision.risk,
    threshold,
    action,
    wouldBe,
    challenges: asked?.challenges ?? [],
    challenge: asked?.challenge ?? null,
    delayMs: decision.delayMs,
    ...(action === 'terminate' ? { message: refusal(template, code), code, contact } : {}),
    fingerprint,
    stamp: stampOf(clientAddress, clientPort, nowMs, api.challengeKeys),
  })
}

/** Begins the sequence of a client that is to be challenged; what cannot be asked changes the action. */
function asking(
  decision: SshDecision,
  shown: Shown,
  decisionId: Uint8Array,
  api: Api,
): { readonly decision: SshDecision; readonly asked?: AskedNow } {
  const { input, connection } = shown
  if (decision.action !== 'challenge') return { decision }
  const { hello } = input
  if (hello === undefined) return { decision: { ...decision, action: 'pass' } }
  const policy = sshPolicyOf(api.state.policy, connection.listener)
  const { fingerprint } = shown
  const { verdict } = decision
  const opened = openConnection(input, hello, connection, fingerprint, verdict, policy, api)
  const { next, sequence } = begin(opened.sequence, policy)
  if (next !== 'ask') {
    const action = next === 'proceed' ? 'pass' : 'step-up'
    const because = action === 'step-up' ? [reason('ask-elsewhere')] : []
    return { decision: { ...decision, action, reasons: [...decision.reasons, ...because] } }
  }
  const stands = sequence.pending.some(({ level }) => level === 3)
  const reasons = stands ? [...decision.reasons, reason('no-question-store')] : decision.reasons
  const state = stateOf(shown, decisionId, opened, sequence)
  const surroundings = surroundingsOf(input.gateLoad, api)
  const asked = askNow(state, { enrolment: opened.enrolment }, policy, surroundings, api)
  return { decision: { ...decision, reasons }, asked }
}

function stateOf(
  { connection, fingerprint, connectionId }: Shown,
  decisionId: Uint8Array,
  { bind, user }: Opened,
  sequence: Sequence,
): ConnectionState {
  return {
    decisionId: hexOf(decisionId),
    connectionId: connectionId === null ? null : hexOf(connectionId),
    address: hexOf(connection.clientAddress),
    port: connection.clientPort,
    listener: connection.listener,
    gate: connection.gate,
    fingerprint,
    bind: toBase64Url(bind),
    nonce: '',
    issuedAt: 0,
    expiresAt: 0,
    user,
    sequence,
    asked: {},
    results: [],
  }
}

/** The configured default action, and the plain statement that we failed. */
function fallback({ input }: Call<Input>, api: Api): Reply {
  const connection = connectionOf(input, api)
  const { policy } = api.state
  const { shadow, threshold } = rulesOf(policy, connection.listener, 'ssh')
  const { action: wanted } = policy.settings.failStatic
  // Nothing that failed can make a challenge: the default goes on without one.
  const wouldBe = wanted === 'challenge' ? 'pass' : wanted
  const reasons = [reason('internal-fault')]
  const decision: SshDecision = {
    verdict: failed(reasons),
    risk: 0,
    band: bandBy(sshPolicyOf(policy, connection.listener).bands, 0),
    action: shadow ? 'pass' : wouldBe,
    wouldBe,
    shadow,
    threshold,
    delayMs: 0,
    reasons,
  }
  const startedAt = api.monotonic()
  const nothing = { fingerprint: null, connectionId: null }
  return replyOf(decision, { input, connection, startedAt, ...nothing }, api)
}

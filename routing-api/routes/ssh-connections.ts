import { type z } from 'zod'
import { parseAddress } from '../../lib/client-entity.ts'
import { connectionBind } from '../../protocols/challenge/bind.ts'
import { type ConnectionState } from '../challenges/connection-token.ts'
import { offerOf, openSequence } from '../challenges/open-sequence.ts'
import { begin } from '../challenges/sequence.ts'
import { stampOf } from '../challenges/stamp.ts'
import {
  decideSshConnection,
  refusal,
  type SshDecision,
} from '../decisions/decide-ssh-connection.ts'
import { reason } from '../decisions/reason.ts'
import { payloadOf, readSshInHand, type SshInHand } from '../decisions/ssh-in-hand.ts'
import { type GateConnection } from '../decisions/gate-connection.ts'
import { rulesOf, sshPolicyOf } from '../policy/active-policy.ts'
import { bandBy } from '../policy/band-by.ts'
import { type Api } from './api.ts'
import { hexOf, settle } from './decision-reply.ts'
import { connectionOf, failed } from './handshakes.ts'
import { Problem, SshConnectionResponse } from './response-schemas.ts'
import { decisionRoute, ok, type Call, type Reply } from './route.ts'
import { SshConnectionRequest } from './schemas.ts'
import { askNow, type AskedNow } from './ssh-asking.ts'

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
    { aware: input.aware && input.hello !== undefined, hasPass: () => false },
    view,
  )
  if (record !== undefined && !rulesOf(view.policy, connection.listener, 'ssh').sensor) {
    api.put('SshConnection', () => ({ type: 'SshConnection', record }))
  }
  const shown = { fingerprint, connectionId: record?.connectionId ?? null }
  return replyOf(decision, { input, connection, startedAt, kexInit, ...shown }, api)
}

interface Shown {
  readonly input: Input
  readonly connection: GateConnection
  readonly startedAt: number
  readonly kexInit: Uint8Array | undefined
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
  const { verdict } = decision
  const offer = offerOf({ ...hello, enrolled: undefined, locked: false, device: false }, policy)
  const opened = openSequence({
    risk: decision.risk,
    ceiling: verdict.ceiling,
    recentLogin: verdict.recentLogin !== 'none',
    offer,
    enrolled: false,
    proven: false,
  })
  const { next, sequence } = begin(opened, policy)
  if (next !== 'ask') {
    const action = next === 'proceed' ? 'pass' : 'step-up'
    const because = action === 'step-up' ? [reason('ask-elsewhere')] : []
    return { decision: { ...decision, action, reasons: [...decision.reasons, ...because] } }
  }
  const stands = sequence.pending.some(({ level }) => level === 3)
  const reasons = stands ? [...decision.reasons, reason('no-question-store')] : decision.reasons
  const state = stateOf(shown, decisionId, sequence)
  const material = {
    enrolment: undefined,
    question: undefined,
    device: undefined,
    notice: undefined,
  }
  const surroundings = { alarm: 0, load: input.gateLoad ?? 0 }
  return {
    decision: { ...decision, reasons },
    asked: askNow(state, material, policy, surroundings, api),
  }
}

function stateOf(
  { input, connection, kexInit, fingerprint, connectionId }: Shown,
  decisionId: Uint8Array,
  sequence: ConnectionState['sequence'],
): ConnectionState {
  const identification = Buffer.from(input.identification ?? '', 'latin1')
  const payload = kexInit === undefined ? new Uint8Array() : payloadOf(kexInit)
  return {
    decisionId: hexOf(decisionId),
    connectionId: connectionId === null ? null : hexOf(connectionId),
    address: hexOf(connection.clientAddress),
    port: connection.clientPort,
    listener: connection.listener,
    gate: connection.gate,
    fingerprint,
    bind: connectionBind(identification, payload).toString('base64url'),
    nonce: '',
    issuedAt: 0,
    expiresAt: 0,
    user: null,
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
  const nothing = { kexInit: undefined, fingerprint: null, connectionId: null }
  return replyOf(decision, { input, connection, startedAt, ...nothing }, api)
}

import { type z } from 'zod'
import { parseAddress } from '../../lib/client-entity.ts'
import {
  NO_MODEL,
  NOTHING_HELD,
  type ClientFacts,
  type Verdict,
} from '../decisions/client-verdict.ts'
import {
  decideHandshake,
  type HandshakeDecision,
  type HandshakePool,
} from '../decisions/decide-handshake.ts'
import { type Missing, missingProof } from '../decisions/missing-proof.ts'
import { chooseServer } from '../decisions/choose-server.ts'
import { placeOf } from '../decisions/distance.ts'
import { serverReasons } from '../decisions/server-reasons.ts'
import { NO_HELLO, type HelloInHand } from '../decisions/hello-in-hand.ts'
import { reason } from '../decisions/reason.ts'
import { type GateConnection } from '../decisions/gate-connection.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { type Api } from './api.ts'
import { type Common, serverOf, settle } from './decision-reply.ts'
import { HandshakeResponse, Problem } from './response-schemas.ts'
import { decisionRoute, ok } from './route.ts'
import { HandshakeRequest } from './schemas.ts'

type Input = z.infer<typeof HandshakeRequest>

/** What a balancer asks: over HTTP the hello is base64, over SPOP the bytes. */
export type HandshakeAsk = Omit<Input, 'clientHello'> & {
  readonly clientHello?: string | Uint8Array | undefined
}

/** How the mitigation pool may look closer: `retry` narrows the groups, which this hello survives. */
export type Check = 'none' | 'full' | 'retry'

export interface HandshakeAnswer extends Common {
  readonly pool: HandshakePool
  readonly wouldBe: HandshakePool
  readonly server: ReturnType<typeof serverOf>
  readonly check: Check
  readonly score: number
  readonly threshold: number
  readonly fingerprint: string | null
  /** What a client that is moved, or would be, has to show; nobody else is missing anything. */
  readonly missing: readonly Missing[]
}

/** Which handshake server takes this TLS connection. */
export const handshakes = decisionRoute<Input>({
  method: 'POST',
  path: '/v1/handshakes',
  scope: 'gate',
  summary: 'Which handshake server takes this TLS connection, and why',
  request: HandshakeRequest,
  responses: { 200: HandshakeResponse, 400: Problem },
  handle: ({ input }, api) => ok(answerHandshake(input, api)),
  fallback: ({ input }, api) => ok(failHandshake(input, api)),
})

/** A listener that the caller did not name. */
export const DEFAULT_LISTENER = 'default'

/** The decision, its record on the way to the log. */
export function answerHandshake(input: HandshakeAsk, api: Api): HandshakeAnswer {
  const startedAt = api.monotonic()
  const connection = connectionOf(input, api)
  const view = api.state.view(connection.nowMs)
  const hello = readHello(input, connection, api)
  const shown = hello.kind === 'hello' ? hello : undefined
  const key = api.hellos.keyOf(hello.kind === 'absent' ? input.ja4 : undefined)
  const fingerprint = shown?.stableKey ?? key.fingerprint
  const sni = shown?.sni ?? input.sni ?? null
  const facts = factsOf(connection, fingerprint, hello)
  const place = placeOf(input.client.latitude, input.client.longitude)
  const question = { facts, listener: connection.listener, serverName: sni, place }
  const decision = decideHandshake(question, view, api.random)
  if (shown !== undefined && !rulesOf(view.policy, connection.listener, 'tls').sensor) {
    api.put('TlsHello', () => ({ type: 'TlsHello', record: shown.record() }))
  }
  const { verdict, pool, wouldBe, server, threshold, shadow } = decision
  if (server !== undefined) api.state.servers.assign(server, connection.nowMs)
  const guessed = !key.sure && verdict.word === 'none' && verdict.decidedBy !== 'ip-fp'
  const reasons = guessed ? [...decision.reasons, reason('ja4-unknown')] : decision.reasons
  const common = settle(
    {
      kind: 'handshake',
      connection,
      connectionId: shown?.connectionId ?? null,
      verdict,
      answer: pool,
      wouldBe,
      shadow,
      threshold,
      band: verdict.band,
      server,
      fingerprint,
      sni,
      reasons,
      startedAt,
    },
    api,
  )
  const check = pool === 'primary' ? 'none' : shown?.canRetry === true ? 'retry' : 'full'
  return {
    ...common,
    pool,
    wouldBe,
    server: serverOf(server),
    check,
    score: verdict.score,
    threshold,
    fingerprint,
    missing: missingOf(decision),
  }
}

function missingOf({ wouldBe, verdict, threshold }: HandshakeDecision): readonly Missing[] {
  if (wouldBe === 'primary' || verdict.word !== 'none' || verdict.fault !== null) return NOTHING
  return missingProof(verdict.held, threshold)
}

const NOTHING: readonly Missing[] = []

/** The configured default: a pool, a server of it, and the plain statement that we failed. */
export function failHandshake(input: HandshakeAsk, api: Api): HandshakeAnswer {
  const connection = connectionOf(input, api)
  const { policy } = api.state
  const { pool } = policy.settings.failStatic
  const { threshold, shadow } = rulesOf(policy, connection.listener, 'tls')
  const { servers } = api.state
  const choice = chooseServer(servers, pool, connection.nowMs, api.random)
  const reasons = [
    reason('internal-fault'),
    ...serverReasons(choice, servers.inPool(pool), connection.nowMs),
  ]
  const common = settle(
    {
      kind: 'handshake',
      connection,
      connectionId: null,
      verdict: failed(reasons),
      answer: pool,
      wouldBe: pool,
      shadow,
      threshold,
      band: 'low',
      server: choice?.server,
      fingerprint: null,
      sni: null,
      reasons,
      startedAt: api.monotonic(),
    },
    api,
  )
  const server = serverOf(choice?.server)
  const check = pool === 'primary' ? 'none' : 'full'
  const fingerprint = null
  return {
    ...{ ...common, pool, wouldBe: pool, server, check },
    ...{ score: 0, threshold, fingerprint, missing: NOTHING },
  }
}

/** The verdict of a decision that failed inside. */
export function failed(reasons: Verdict['reasons']): Verdict {
  return {
    score: 0,
    acting: 0,
    peak: 0,
    band: 'low',
    decidedBy: 'default',
    word: 'none',
    ground: 'assumed',
    reasons,
    held: NOTHING_HELD,
    ageMs: null,
    fault: 'internal-fault',
    modelVersion: NO_MODEL,
    recentLogin: 'none',
    ceiling: 100,
  }
}

/** The connection a gate asks about. The address was checked before. */
export function connectionOf(
  input: {
    readonly client: { readonly ip: string; readonly port?: number | undefined }
    readonly listener?: string | undefined
    readonly gate?: string | undefined
  },
  api: Api,
): GateConnection {
  return {
    clientAddress: api.addresses.of(parseAddress(input.client.ip) ?? new Uint8Array(16)),
    addressForm: api.addresses.form,
    clientPort: input.client.port ?? 0,
    listener: input.listener ?? DEFAULT_LISTENER,
    gate: input.gate ?? 'api',
    site: api.site,
    nowMs: api.now(),
  }
}

function factsOf(
  { clientAddress, listener, nowMs }: GateConnection,
  fingerprint: string | null,
  hello: HelloInHand,
): ClientFacts {
  return {
    address: clientAddress,
    protocol: 'tls',
    fingerprint,
    inHand: hello.kind === 'absent' ? [] : hello.evidence,
    // A listener may be named by its address: decoys are addresses.
    serverAddress: parseAddress(listener.replace(/:\d{1,5}$/, '')) ?? null,
    nowMs,
  }
}

function readHello(input: HandshakeAsk, connection: GateConnection, api: Api): HelloInHand {
  const given = input.clientHello
  if (given === undefined) return NO_HELLO
  const bytes = typeof given === 'string' ? Buffer.from(given, 'base64') : given
  return api.hellos.read(bytes, connection, api.state.population)
}

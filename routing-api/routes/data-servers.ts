import { type z } from 'zod'
import { type DecisionReference } from '../../lib/decision-reference.ts'
import { type Candidate, decideDataServer } from '../decisions/decide-data-server.ts'
import { chooseServer } from '../decisions/choose-server.ts'
import { reason } from '../decisions/reason.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { type Api } from './api.ts'
import { bytesOf, type Common, serverOf, settle } from './decision-reply.ts'
import { connectionOf, failed } from './handshakes.ts'
import { DataServerResponse, Problem } from './response-schemas.ts'
import { decisionRoute, ok } from './route.ts'
import { DataServerRequest } from './schemas.ts'

type Input = z.infer<typeof DataServerRequest>

/** What a tier asks when its handshake is done; `reference` carries the decision over instances of the API. */
export interface DataServerAsk extends Input {
  readonly reference?: DecisionReference | undefined
}

export interface DataServerAnswer extends Common {
  readonly server: ReturnType<typeof serverOf>
  readonly candidates: readonly Candidate[]
  /** Behaviour group of the client; null when the default was answered. */
  readonly group: string | null
  readonly score: number
}

/** Which data server takes the application traffic after the handshake. */
export const dataServers = decisionRoute<Input>({
  method: 'POST',
  path: '/v1/data-servers',
  scope: 'gate',
  summary: 'Which data server takes the traffic of this connection, and why',
  request: DataServerRequest,
  responses: { 200: DataServerResponse, 400: Problem },
  handle: ({ input }, api) => ok(answerDataServer(input, api)),
  fallback: ({ input }, api) => ok(failDataServer(input, api)),
})

/** The decision, its record on the way to the log. */
export function answerDataServer(input: DataServerAsk, api: Api): DataServerAnswer {
  const startedAt = api.monotonic()
  const connection = connectionOf(input, api)
  const known = input.decisionId === undefined ? undefined : api.recent.get(input.decisionId)
  const told = input.reference
  const fingerprint =
    known?.fingerprint ?? told?.fingerprint ?? api.hellos.keyOf(input.handshake.ja4).fingerprint
  const view = api.state.view(connection.nowMs)
  const sni = known?.sni ?? input.sni ?? null
  const { clientAddress: address, nowMs } = connection
  const facts = {
    address,
    protocol: 'tls',
    fingerprint,
    inHand: [],
    serverAddress: null,
    nowMs,
  } as const
  const question = { facts, alpn: input.handshake.alpn ?? null, serverName: sni }
  const { verdict, group, server, candidates, reasons } = decideDataServer(question, view)
  if (server !== undefined) api.state.servers.assign(server, connection.nowMs)
  const { shadow, threshold } = rulesOf(view.policy, connection.listener, 'tls', sni)
  const common = settle(
    {
      kind: 'data-server',
      connection,
      connectionId: known?.connectionId ?? bytesOf(told?.connectionId ?? undefined),
      verdict,
      answer: server?.id ?? 'none',
      wouldBe: server?.id ?? 'none',
      shadow,
      threshold,
      band: verdict.band,
      server,
      fingerprint,
      sni,
      group,
      reasons,
      startedAt,
    },
    api,
  )
  return { ...common, server: serverOf(server), candidates, group, score: verdict.score }
}

/** A data server at random, and the plain statement that we failed. */
export function failDataServer(input: DataServerAsk, api: Api): DataServerAnswer {
  const connection = connectionOf(input, api)
  const choice = chooseServer(api.state.servers, 'data', connection.nowMs, api.random)
  const reasons = [reason('internal-fault')]
  const verdict = failed(reasons)
  const { shadow, threshold } = rulesOf(api.state.policy, connection.listener, 'tls')
  const common = settle(
    {
      kind: 'data-server',
      connection,
      connectionId: null,
      verdict,
      answer: choice?.server.id ?? 'none',
      wouldBe: choice?.server.id ?? 'none',
      shadow,
      threshold,
      band: verdict.band,
      server: choice?.server,
      fingerprint: null,
      sni: null,
      reasons,
      startedAt: api.monotonic(),
    },
    api,
  )
  return { ...common, server: serverOf(choice?.server), candidates: [], group: null, score: 0 }
}

import { type z } from 'zod'
import { decideDataServer } from '../decisions/decide-data-server.ts'
import { chooseServer } from '../decisions/choose-server.ts'
import { reason } from '../decisions/reason.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { type Api } from './api.ts'
import { serverOf, settle } from './decision-reply.ts'
import { connectionOf, failed } from './handshakes.ts'
import { DataServerResponse, Problem } from './response-schemas.ts'
import { decisionRoute, ok, type Call, type Reply } from './route.ts'
import { DataServerRequest } from './schemas.ts'

type Input = z.infer<typeof DataServerRequest>

/** Which data server takes the application traffic after the handshake. */
export const dataServers = decisionRoute<Input>({
  method: 'POST',
  path: '/v1/data-servers',
  scope: 'gate',
  summary: 'Which data server takes the traffic of this connection, and why',
  request: DataServerRequest,
  responses: { 200: DataServerResponse, 400: Problem },
  handle: answer,
  fallback,
})

function answer({ input }: Call<Input>, api: Api): Reply {
  const startedAt = api.monotonic()
  const connection = connectionOf(input, api)
  const known = input.decisionId === undefined ? undefined : api.recent.get(input.decisionId)
  const fingerprint = known?.fingerprint ?? api.hellos.keyOf(input.handshake.ja4).fingerprint
  const view = api.state.view(connection.nowMs)
  const { verdict, server, candidates, reasons } = decideDataServer(
    {
      address: connection.clientAddress,
      protocol: 'tls',
      fingerprint,
      inHand: [],
      serverAddress: null,
      nowMs: connection.nowMs,
    },
    view,
    api.random,
  )
  if (server !== undefined) api.state.servers.assign(server, connection.nowMs)
  const { shadow, threshold } = rulesOf(view.policy, connection.listener, 'tls')
  const common = settle(
    {
      kind: 'data-server',
      connection,
      connectionId: known?.connectionId ?? null,
      verdict,
      answer: server?.id ?? 'none',
      wouldBe: server?.id ?? 'none',
      shadow,
      threshold,
      band: verdict.band,
      server,
      fingerprint,
      sni: null,
      reasons,
      startedAt,
    },
    api,
  )
  return ok({ ...common, server: serverOf(server), candidates, score: verdict.score })
}

/** A data server at random, and the plain statement that we failed. */
function fallback({ input }: Call<Input>, api: Api): Reply {
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
  return ok({ ...common, server: serverOf(choice?.server), candidates: [], score: 0 })
}

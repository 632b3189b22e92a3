import { z } from 'zod'
import { eventId } from '../../lib/event-id.ts'
import { type Server } from '../../schemas/generated/records.ts'
import { isHealthy, type ServerFacts } from '../decisions/server-view.ts'
import { type UnstampedServer } from '../state/server-facts.ts'
import { type Api } from './api.ts'
import { Problem, ServerResponse } from './response-schemas.ts'
import { ok, problem, query, route, type Reply } from './route.ts'
import { LoadRequest, ServerRequest } from './schemas.ts'

const ID = /^[\x21-\x7e]{1,128}$/

/** All servers there are. */
export const listServers = query({
  method: 'GET',
  path: '/v1/servers',
  scope: 'read',
  summary: 'Registered and configured servers and whether they are healthy',
  responses: { 200: z.strictObject({ servers: z.array(ServerResponse) }) },
  handle: (_call, api) => ok({ servers: api.state.servers.all().map((s) => shown(s, api)) }),
})

/** Registers a server or replaces its registration. */
export const putServer = route<z.infer<typeof ServerRequest>>({
  method: 'PUT',
  path: '/v1/servers/:id',
  scope: 'operator',
  summary: 'Register a server: pool, address, capacity, promised heartbeat',
  request: ServerRequest,
  responses: { 200: ServerResponse, 400: Problem },
  async handle({ input, params }, api): Promise<Reply> {
    const serverId = params.get('id') ?? ''
    if (!ID.test(serverId)) return problem(400, 'invalid', 'printable, at most 128', 'id')
    const reputation = api.state.servers.get(serverId)?.reputation ?? []
    await publish({ ...input, serverId, load: 0, configured: false, reputation }, api)
    return reply(serverId, api)
  },
})

/** Takes a server out. */
export const deleteServer = query({
  method: 'DELETE',
  path: '/v1/servers/:id',
  scope: 'operator',
  summary: 'Take a registered server out',
  responses: { 200: ServerResponse, 400: Problem, 404: Problem },
  async handle({ params }, api): Promise<Reply> {
    const id = params.get('id') ?? ''
    const known = api.state.servers.get(id)
    if (known === undefined) return api.state.servers.facts(id) === undefined ? unknown() : named()
    await publish({ ...known, state: 'removed' }, api)
    await api.tombstone('servers', [known.serverId])
    return ok(shown({ ...known, id, state: 'removed', heardAtMs: api.now() }, api))
  },
})

/** A heartbeat with what the server carries. */
export const serverLoad = route<z.infer<typeof LoadRequest>>({
  method: 'POST',
  path: '/v1/servers/:id/load',
  scope: 'gate',
  summary: 'Heartbeat of a server with its load',
  request: LoadRequest,
  responses: { 200: ServerResponse, 400: Problem, 404: Problem },
  handle({ input, params }, api): Reply {
    const known = api.state.servers.record(params.get('id') ?? '')
    if (known === undefined) return unknown()
    const record = stamped(
      {
        ...known,
        activeConnections: input.activeConnections ?? known.activeConnections,
        load: input.load ?? known.load,
        capacity: input.capacity ?? known.capacity,
        state: input.state ?? known.state,
      },
      api,
    )
    api.put('Server', () => ({ type: 'Server', record }))
    api.state.servers.apply(record)
    return reply(known.serverId, api)
  },
})

async function publish(server: UnstampedServer, api: Api): Promise<void> {
  const record = stamped(server, api)
  await api.append({ type: 'Server', record })
  api.state.servers.apply(record)
}

function stamped(server: UnstampedServer, api: Api): Server {
  const observedAt = Math.round(api.now() * 1000)
  const stamp = { observedAt, ingestedAt: observedAt, sensor: 'routing-api', site: api.site }
  return { ...server, ...stamp, eventId: eventId('Server', api.freshId(), 0) }
}

function reply(id: string, api: Api): Reply {
  const facts = api.state.servers.facts(id)
  return facts === undefined ? unknown() : ok(shown(facts, api))
}

type Shown = Omit<ServerFacts, 'assigned' | 'assignedAtMs' | 'hash'>

function shown(server: Shown, api: Api): z.infer<typeof ServerResponse> {
  const { id, pool, host, port, state, capacity, activeConnections, load } = server
  const { heartbeatMs, agentPort, heardAtMs } = server
  return {
    ...{ id, pool, host, port, state, capacity, activeConnections, load, heartbeatMs, agentPort },
    labels: [...server.labels],
    silentMs: Math.max(0, Math.round(api.now() - heardAtMs)),
    healthy: isHealthy(server, api.now()),
  }
}

function unknown(): Reply {
  return problem(404, 'unknown-server', 'no server is registered under this id', 'id')
}

function named(): Reply {
  return problem(400, 'in-policy', 'the policy names this server: take it out there', 'id')
}

import { hashText } from '../../lib/hash-words.ts'
import { type Server } from '../../schemas/generated/records.ts'
import { type ServerFacts } from '../decisions/server-view.ts'
import { type PolicyServer } from '../policy/policy.ts'

/** A server's record without who told it and when. */
export type UnstampedServer = Omit<
  Server,
  'eventId' | 'observedAt' | 'ingestedAt' | 'sensor' | 'site'
>

const NOT_ASSIGNED = { assigned: 0, assignedAtMs: 0 }

/**
 * A server that the policy names, with what it told of itself. A capacity that it told before the
 * policy was edited is no longer its capacity.
 */
export function fromPolicy(
  server: PolicyServer,
  configuredAtMs: number,
  told: Server | undefined,
): ServerFacts {
  const heardAtMs = Math.max(configuredAtMs, (told?.observedAt ?? 0) / 1000)
  const newer = told !== undefined && told.observedAt / 1000 >= configuredAtMs
  return {
    ...server,
    ...NOT_ASSIGNED,
    ...{ heardAtMs, hash: hashText(server.id) },
    state: told?.state ?? 'up',
    capacity: newer ? told.capacity : server.capacity,
    activeConnections: told?.activeConnections ?? 0,
    load: told?.load ?? 0,
  }
}

/** A registered server. */
export function fromRecord(server: Server): ServerFacts {
  const { serverId, pool, host, port, state, capacity, activeConnections, load } = server
  const { labels, latitude, longitude, heartbeatMs, agentPort, observedAt } = server
  return {
    ...{ id: serverId, pool, host, port, state, capacity, activeConnections, load },
    ...{ labels, latitude, longitude, heartbeatMs, agentPort, heardAtMs: observedAt / 1000 },
    ...NOT_ASSIGNED,
    hash: hashText(serverId),
  }
}

/** The record of what a server of the policy tells. */
export function recordOf(facts: ServerFacts, told: Server | undefined): UnstampedServer {
  const { id: serverId, pool, host, port, state, capacity, activeConnections, load } = facts
  const { labels, latitude, longitude, heartbeatMs, agentPort } = facts
  return {
    ...{ serverId, pool, host, port, state, capacity, activeConnections, load },
    ...{ labels: [...labels], latitude, longitude, heartbeatMs, agentPort, configured: true },
    reputation: told?.reputation ?? [],
  }
}

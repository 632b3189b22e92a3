import { type Habit } from '../../behaviour/servers/group.ts'
import { type Posterior } from '../../behaviour/servers/posterior.ts'
import { type Server } from '../../schemas/generated/records.ts'

export type Pool = Server['pool']

/** One server that may be chosen from. */
export interface ServerFacts {
  readonly id: string
  readonly pool: Pool
  readonly host: string
  readonly port: number
  readonly state: Server['state']
  readonly capacity: number
  readonly activeConnections: number
  /** Reported load 0..1. */
  readonly load: number
  readonly labels: readonly string[]
  /** Degrees; null where nobody said. */
  readonly latitude: number | null
  readonly longitude: number | null
  /** The longest silence it promised; 0: it never promised any. */
  readonly heartbeatMs: number
  /** Where it answers HAProxy's agent-check; null: nowhere. */
  readonly agentPort: number | null
  /** Milliseconds since 1970 of the last word of or about it. */
  readonly heardAtMs: number
  /** Connections that this instance gave it and saw end since it last told its load, decayed; and as of when. */
  readonly assigned: number
  readonly assignedAtMs: number
  /** 32 bits of its id: where it stands among the places of a client. */
  readonly hash: number
}

/** The servers of one pool; a heartbeat changes a server in place and nothing else. */
export interface ServerPool {
  readonly servers: readonly ServerFacts[]
  /** Sum of the capacities of servers 0 to i that are up; capacity changes and comings renew it. */
  readonly cumulative: Float64Array
  /** The servers by their hash; comings and goings renew it. */
  readonly ring: readonly ServerFacts[]
}

/** Servers by pool, synchronous. */
export interface ServerView {
  inPool(pool: Pool): ServerPool
}

/** Connections given lately are forgotten with this half-life where no load is told. */
export const ASSIGNED_HALF_LIFE_MS = 10_000

type HealthFacts = Pick<ServerFacts, 'state' | 'capacity' | 'heartbeatMs' | 'heardAtMs'>

/** Up, and not silent for longer than it promised. */
export function isHealthy(server: HealthFacts, nowMs: number): boolean {
  if (server.state !== 'up' || server.capacity <= 0) return false
  if (server.heartbeatMs === 0) return true
  return nowMs - server.heardAtMs <= server.heartbeatMs
}

/** Connections it is believed to hold: what it told, and what began and ended since. */
export function connectionsOf(server: ServerFacts, nowMs: number): number {
  if (server.assigned === 0) return server.activeConnections
  const sinceMs = Math.max(0, nowMs - server.assignedAtMs)
  const since = server.assigned * 2 ** (-sinceMs / ASSIGNED_HALF_LIFE_MS)
  return Math.max(0, server.activeConnections + since)
}

/** 0 idle, 1 full: the worse of what it reports and what it holds of its capacity. */
export function liveLoad(server: ServerFacts, nowMs: number): number {
  return Math.max(server.load, connectionsOf(server, nowMs) / server.capacity)
}

/** Why a server that is not healthy is left out. */
export function whyLeftOut(server: ServerFacts, nowMs: number): string {
  if (server.state !== 'up') return `${server.id} is ${server.state}`
  if (server.capacity <= 0) return `${server.id} has no capacity`
  return `${server.id} was silent for ${Math.round((nowMs - server.heardAtMs) / 1000)} s`
}

/** Name of what all groups together say of a server. */
export const OVERALL = '*'

/** How connections ended at servers, by behaviour group; synchronous, in memory. */
export interface ReputationView {
  find(serverId: string, group: string): Posterior | undefined
}

/** How clients use the service, by `ip:CLIENT` or `ip-fp:CLIENT|FINGERPRINT`. */
export interface HabitView {
  find(entity: string): Habit | undefined
}

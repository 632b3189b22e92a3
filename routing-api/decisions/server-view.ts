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
  /** Promised heartbeat interval; 0: it never promised one. */
  readonly heartbeatMs: number
  /** Milliseconds since 1970 of the last word of or about it. */
  readonly heardAtMs: number
}

/** Servers by pool, synchronous. */
export interface ServerView {
  inPool(pool: Pool): readonly ServerFacts[]
}

/** Silent for this many promised intervals, a server is not chosen any more. */
const SILENT_INTERVALS = 3

/** Up, and heard of within three of the intervals it promised. */
export function isHealthy(server: ServerFacts, nowMs: number): boolean {
  if (server.state !== 'up' || server.capacity <= 0) return false
  if (server.heartbeatMs === 0) return true
  return nowMs - server.heardAtMs <= SILENT_INTERVALS * server.heartbeatMs
}

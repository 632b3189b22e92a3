import { hashText } from '../../lib/hash-words.ts'
import { type Server } from '../../schemas/generated/records.ts'
import {
  ASSIGNED_HALF_LIFE_MS,
  type Pool,
  type ServerFacts,
  type ServerPool,
  type ServerView,
} from '../decisions/server-view.ts'
import { type PolicyServer } from '../policy/policy.ts'
import { PoolSeats, type Seat } from './pool-seats.ts'

/** Registered servers beyond this are refused and counted. */
const MAX_SERVERS = 100_000

/** Servers as the policy and the servers topic tell them; a registration stands above the policy. */
export class ServerRegistry implements ServerView {
  readonly #registered = new Map<string, Server>()
  #configured = new Map<string, PolicyServer>()
  readonly #seats = new Map<string, Seat>()
  /** By name as records carry it: a word of a later version is a pool that nobody asks for here. */
  readonly #pools = new Map<string, PoolSeats>()

  get size(): number {
    return this.#seats.size
  }

  inPool(pool: Pool): ServerPool {
    return this.#seatsOf(pool)
  }

  get(id: string): Server | undefined {
    return this.#registered.get(id)
  }

  /** The server under this id, registered or configured. */
  facts(id: string): ServerFacts | undefined {
    return this.#seats.get(id)
  }

  all(): readonly ServerFacts[] {
    return [...this.#seats.values()]
  }

  /** False when there is no room for another server. */
  apply(server: Server): boolean {
    const known = this.#registered.get(server.serverId)
    if (known !== undefined && known.observedAt > server.observedAt) return true
    if (known === undefined && this.#registered.size >= MAX_SERVERS) return false
    this.#registered.set(server.serverId, server)
    this.#place(server.serverId)
    return true
  }

  remove(id: string): void {
    if (this.#registered.delete(id)) this.#place(id)
  }

  configure(servers: readonly PolicyServer[]): void {
    const before = this.#configured
    this.#configured = new Map(servers.map((server) => [server.id, server]))
    for (const id of before.keys()) if (!this.#configured.has(id)) this.#place(id)
    for (const id of this.#configured.keys()) this.#place(id)
  }

  /** A decision sent a connection there: it counts until the server tells its load again. */
  assign({ id }: ServerFacts, nowMs: number): void {
    const seat = this.#seats.get(id)
    if (seat === undefined) return
    const sinceMs = Math.max(0, nowMs - seat.assignedAtMs)
    seat.assigned = seat.assigned * 2 ** (-sinceMs / ASSIGNED_HALF_LIFE_MS) + 1
    seat.assignedAtMs = nowMs
  }

  /** Puts what holds for one id now in its seat; the others do not notice. */
  #place(id: string): void {
    const registered = this.#registered.get(id)
    const configured = this.#configured.get(id)
    const before = this.#seats.get(id)
    const facts =
      registered === undefined
        ? configured && fromPolicy(configured)
        : registered.state === 'removed'
          ? undefined
          : fromRecord(registered)
    if (before !== undefined && facts?.pool !== before.pool) {
      this.#seatsOf(before.pool).leave(before)
      this.#seats.delete(id)
    }
    if (facts === undefined) return
    const seat = this.#seats.get(id)
    if (seat !== undefined) this.#seatsOf(facts.pool).change(seat, facts)
    else this.#seats.set(id, this.#seatsOf(facts.pool).take(facts))
  }

  #seatsOf(pool: string): PoolSeats {
    const known = this.#pools.get(pool)
    if (known !== undefined) return known
    const made = new PoolSeats()
    this.#pools.set(pool, made)
    return made
  }
}

const NOT_ASSIGNED = { assigned: 0, assignedAtMs: 0 }

function fromPolicy(server: PolicyServer): ServerFacts {
  const silent = { activeConnections: 0, load: 0, heartbeatMs: 0, heardAtMs: 0 }
  return { ...server, ...silent, ...NOT_ASSIGNED, state: 'up', hash: hashText(server.id) }
}

function fromRecord(server: Server): ServerFacts {
  const { serverId, pool, host, port, state, capacity, activeConnections, load } = server
  const { labels, latitude, longitude, heartbeatMs, observedAt } = server
  return {
    ...{ id: serverId, pool, host, port, state, capacity, activeConnections, load },
    ...{ labels, latitude, longitude, heartbeatMs, heardAtMs: observedAt / 1000 },
    ...NOT_ASSIGNED,
    hash: hashText(serverId),
  }
}

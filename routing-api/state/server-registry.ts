import { type Server } from '../../schemas/generated/records.ts'
import {
  ASSIGNED_HALF_LIFE_MS,
  type Pool,
  type ServerFacts,
  type ServerPool,
  type ServerView,
} from '../decisions/server-view.ts'
import { worst, type Observed } from '../loads/observed.ts'
import { type PolicyServer } from '../policy/policy.ts'
import { PoolSeats, type Seat } from './pool-seats.ts'
import { fromPolicy, fromRecord, recordOf, type UnstampedServer } from './server-facts.ts'

/** Registered servers beyond this are refused and counted. */
const MAX_SERVERS = 100_000

/**
 * Servers as the policy and the servers topic tell them; a registration stands above the policy, and
 * what was seen of a server (agent-check, statistics of a balancer) stands beside both.
 */
export class ServerRegistry implements ServerView {
  readonly #records = new Map<string, Server>()
  #configured = new Map<string, PolicyServer>()
  #configuredAtMs = 0
  readonly #observed = new Map<string, Observed>()
  readonly #seats = new Map<string, Seat>()
  /** By name as records carry it: a word of a later version is a pool that nobody asks for here. */
  readonly #pools = new Map<string, PoolSeats>()

  get size(): number {
    return this.#seats.size
  }

  inPool(pool: Pool): ServerPool {
    return this.#seatsOf(pool)
  }

  /** The registration under this id; what a server of the policy told is none. */
  get(id: string): Server | undefined {
    const record = this.#records.get(id)
    return record?.configured === true ? undefined : record
  }

  /** The server under this id, registered or configured. */
  facts(id: string): ServerFacts | undefined {
    return this.#seats.get(id)
  }

  all(): readonly ServerFacts[] {
    return [...this.#seats.values()]
  }

  /** What a heartbeat of this server changes and publishes; undefined: nobody knows it. */
  record(id: string): UnstampedServer | undefined {
    const registered = this.get(id)
    if (registered !== undefined && registered.state !== 'removed') return registered
    const configured = this.#configured.get(id)
    return configured && recordOf(this.#ofPolicy(configured), this.#records.get(id))
  }

  /** False when there is no room for another server. */
  apply(server: Server): boolean {
    const known = this.#records.get(server.serverId)
    if (known !== undefined && known.observedAt > server.observedAt) return true
    if (known === undefined && this.#records.size >= MAX_SERVERS) return false
    this.#records.set(server.serverId, server)
    this.#place(server.serverId, true)
    return true
  }

  remove(id: string): void {
    if (this.#records.delete(id)) this.#place(id, false)
  }

  /** The servers of the policy, in force since `sinceMs`. */
  configure(servers: readonly PolicyServer[], sinceMs: number): void {
    const before = this.#configured
    this.#configured = new Map(servers.map((server) => [server.id, server]))
    this.#configuredAtMs = sinceMs
    for (const id of before.keys()) if (!this.#configured.has(id)) this.#place(id, false)
    for (const id of this.#configured.keys()) this.#place(id, false)
  }

  /** What was seen of a server; of one that is not known nothing is kept. */
  observe(id: string, observed: Observed): void {
    if (!this.#seats.has(id)) return
    this.#observed.set(id, observed)
    this.#place(id, observed.activeConnections !== undefined)
  }

  /**
   * From now on heartbeats can be heard. The time in which nobody listened, from the newest word of
   * any server on, is nobody's silence.
   */
  listening(nowMs: number): void {
    let newest = 0
    for (const { heartbeatMs, heardAtMs } of this.#seats.values())
      if (heartbeatMs > 0) newest = Math.max(newest, heardAtMs)
    const deafMs = Math.max(0, nowMs - newest)
    for (const seat of this.#seats.values()) seat.heardAtMs += deafMs
  }

  /** A decision sent a connection there: it counts until the server tells its load again. */
  assign({ id }: ServerFacts, nowMs: number): void {
    this.#counted(id, 1, nowMs)
  }

  /**
   * A connection ended there, as its outcome told. Beginnings and ends since the last told load make the
   * count of now, whichever of the connections it was that ended.
   */
  ended(id: string, nowMs: number): void {
    this.#counted(id, -1, nowMs)
  }

  #counted(id: string, by: 1 | -1, nowMs: number): void {
    const seat = this.#seats.get(id)
    if (seat === undefined) return
    const sinceMs = Math.max(0, nowMs - seat.assignedAtMs)
    seat.assigned = seat.assigned * 2 ** (-sinceMs / ASSIGNED_HALF_LIFE_MS) + by
    seat.assignedAtMs = nowMs
  }

  /** Puts what holds for one id now in its seat; the others do not notice. `told`: its connections. */
  #place(id: string, told: boolean): void {
    const before = this.#seats.get(id)
    const known = this.#known(id)
    if (before !== undefined && known?.pool !== before.pool) {
      this.#seatsOf(before.pool).leave(before)
      this.#seats.delete(id)
    }
    if (known === undefined) {
      this.#observed.delete(id)
      return
    }
    const seen = this.#observed.get(id)
    const facts = seen === undefined ? known : worst(known, seen)
    const seat = this.#seats.get(id)
    if (seat === undefined) this.#seats.set(id, this.#seatsOf(facts.pool).take(facts))
    else {
      const { assigned, assignedAtMs } = seat
      const kept = told ? facts : { ...facts, assigned, assignedAtMs }
      this.#seatsOf(facts.pool).change(seat, kept)
    }
  }

  #known(id: string): ServerFacts | undefined {
    const record = this.#records.get(id)
    const configured = this.#configured.get(id)
    if (record?.configured === false)
      return record.state === 'removed' ? undefined : fromRecord(record)
    return configured && this.#ofPolicy(configured, record)
  }

  #ofPolicy(configured: PolicyServer, record?: Server): ServerFacts {
    const told = record ?? this.#records.get(configured.id)
    return fromPolicy(
      configured,
      this.#configuredAtMs,
      told?.configured === true ? told : undefined,
    )
  }

  #seatsOf(pool: string): PoolSeats {
    const known = this.#pools.get(pool)
    if (known !== undefined) return known
    const made = new PoolSeats()
    this.#pools.set(pool, made)
    return made
  }
}

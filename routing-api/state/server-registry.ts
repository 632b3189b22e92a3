import { type Server } from '../../schemas/generated/records.ts'
import { type Pool, type ServerFacts, type ServerView } from '../decisions/server-view.ts'
import { type PolicyServer } from '../policy/policy.ts'

/** Registered servers beyond this are refused and counted. */
const MAX_SERVERS = 100_000

/** Servers as the policy and the servers topic tell them; a registration stands above the policy. */
export class ServerRegistry implements ServerView {
  readonly #registered = new Map<string, Server>()
  #configured: readonly PolicyServer[] = []
  #pools: ReadonlyMap<Pool, readonly ServerFacts[]> = new Map()

  get size(): number {
    return [...this.#pools.values()].reduce((sum, pool) => sum + pool.length, 0)
  }

  inPool(pool: Pool): readonly ServerFacts[] {
    return this.#pools.get(pool) ?? []
  }

  get(id: string): Server | undefined {
    return this.#registered.get(id)
  }

  /** The server under this id, registered or configured. */
  facts(id: string): ServerFacts | undefined {
    return this.all().find((server) => server.id === id)
  }

  all(): readonly ServerFacts[] {
    return [...this.#pools.values()].flat()
  }

  /** False when there is no room for another server. */
  apply(server: Server): boolean {
    const known = this.#registered.get(server.serverId)
    if (known !== undefined && known.observedAt > server.observedAt) return true
    if (known === undefined && this.#registered.size >= MAX_SERVERS) return false
    this.#registered.set(server.serverId, server)
    this.#rebuild()
    return true
  }

  remove(id: string): void {
    if (this.#registered.delete(id)) this.#rebuild()
  }

  configure(servers: readonly PolicyServer[]): void {
    this.#configured = servers
    this.#rebuild()
  }

  #rebuild(): void {
    const pools = new Map<Pool, ServerFacts[]>()
    const add = (server: ServerFacts): void => {
      const pool = pools.get(server.pool)
      if (pool === undefined) pools.set(server.pool, [server])
      else pool.push(server)
    }
    for (const server of this.#configured) {
      if (!this.#registered.has(server.id)) add(configured(server))
    }
    for (const server of this.#registered.values()) {
      if (server.state !== 'removed') add(registered(server))
    }
    this.#pools = pools
  }
}

function configured(server: PolicyServer): ServerFacts {
  return { ...server, state: 'up', activeConnections: 0, load: 0, heartbeatMs: 0, heardAtMs: 0 }
}

function registered(server: Server): ServerFacts {
  return { ...server, id: server.serverId, heardAtMs: server.observedAt / 1000 }
}

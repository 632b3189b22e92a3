import { field } from '../../test/support/haproxy.ts'
import { type Visitor } from './visitors.ts'

/** What HAProxy's lines of the last seconds say of one visitor. */
export interface Standing {
  readonly visitor: Visitor
  readonly connections: number
  /** Of its newest decided connection. */
  readonly pool: string | undefined
  readonly score: number | undefined
  readonly check: string | undefined
  /** From its first connection to its first in the mitigation pool, milliseconds. */
  readonly movedAfterMs: number | undefined
  /** Connections by data server, newest seconds only. */
  readonly servers: ReadonlyMap<string, number>
}

/** How far back the servers of a visitor are counted, milliseconds. */
export const WINDOW_MS = 8_000

/** Counts lines as they come; asked for standings at any time. */
export class Standings {
  readonly #visitors: ReadonlyMap<string, Visitor>
  readonly #seen = new Map<string, Seen>()
  #newestMs = 0

  constructor(visitors: readonly Visitor[]) {
    this.#visitors = new Map(visitors.map((one) => [one.address, one]))
  }

  take(line: string): void {
    const address = field(line, 'ci') ?? ''
    const atMs = Number(field(line, 'at')) * 1_000
    if (!this.#visitors.has(address) || Number.isNaN(atMs)) return
    this.#newestMs = Math.max(this.#newestMs, atMs)
    const seen = this.#seen.get(address) ?? { connections: 0, firstMs: atMs, served: [] }
    this.#seen.set(address, seen)
    const tier = field(line, 'tier')
    if (tier === 'front') this.#front(seen, line, atMs)
    if (tier === 'primary' || tier === 'mitigation') this.#served(seen, line, atMs)
  }

  #front(seen: Seen, line: string, atMs: number): void {
    seen.connections += 1
    seen.firstMs = Math.min(seen.firstMs, atMs)
    const pool = field(line, 'pool')
    if (pool === undefined || pool === '-') return
    seen.pool = pool
    seen.score = Number(field(line, 'score')) / 1_000
    seen.check = field(line, 'check')
    if (pool === 'mitigation') seen.movedMs ??= atMs
  }

  #served(seen: Seen, line: string, atMs: number): void {
    const server = field(line, 'srv')
    if (server === undefined || field(line, 'in') === '0') return
    seen.served = seen.served.filter((one) => one.atMs > atMs - WINDOW_MS)
    seen.served.push({ server, atMs })
  }

  all(): readonly Standing[] {
    return [...this.#visitors.values()].map((visitor) => {
      const seen = this.#seen.get(visitor.address)
      const servers = new Map<string, number>()
      for (const { server, atMs } of seen?.served ?? []) {
        if (atMs > this.#newestMs - WINDOW_MS) servers.set(server, (servers.get(server) ?? 0) + 1)
      }
      const moved = seen?.movedMs
      return {
        visitor,
        ...{ connections: seen?.connections ?? 0, pool: seen?.pool, score: seen?.score },
        ...{ check: seen?.check, servers },
        movedAfterMs: moved === undefined ? undefined : moved - (seen?.firstMs ?? moved),
      }
    })
  }

  /** Connections of all ordinary visitors by data server, newest seconds only. */
  loads(): ReadonlyMap<string, number> {
    const loads = new Map<string, number>()
    for (const { visitor, servers } of this.all()) {
      if (visitor.kind !== 'ordinary') continue
      for (const [server, count] of servers) loads.set(server, (loads.get(server) ?? 0) + count)
    }
    return loads
  }
}

interface Seen {
  connections: number
  firstMs: number
  pool?: string
  score?: number
  check?: string | undefined
  movedMs?: number
  served: { readonly server: string; readonly atMs: number }[]
}

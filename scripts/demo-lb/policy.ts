import { stringify } from 'yaml'

/** A server of the stage: name, pool, and where it listens. */
export interface StageServer {
  readonly id: string
  readonly pool: 'primary' | 'mitigation' | 'data'
  readonly port: number
  readonly labels?: readonly string[]
}

/** Enforcing for the shop, strict (1 in 100), with the servers of the stage. */
export function stagePolicy(servers: readonly StageServer[]): string {
  return stringify({
    shadow: true,
    tls: { threshold: 0.5, spread: 0.02 },
    // A handful of clients before servers of different strengths: what suits counts more here than evenness.
    data: { loadBound: 3 },
    listeners: { shop: { protocol: 'tls', shadow: false } },
    servers: servers.map((server) => ({ ...server, host: '127.0.0.1', capacity: 100 })),
  })
}

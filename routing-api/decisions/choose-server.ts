import { isHealthy, type Pool, type ServerFacts, type ServerView } from './server-view.ts'

/** The server that was drawn, and from which pool; `fallback` when the wanted pool had none. */
export interface ServerChoice {
  readonly server: ServerFacts
  readonly fallback: boolean
}

/**
 * A healthy server of the pool, at random by capacity. Primary and mitigation stand in for one another
 * when one has nobody left: traffic goes on. `random` lies in [0, 1).
 */
export function chooseServer(
  servers: ServerView,
  pool: Pool,
  nowMs: number,
  random: number,
): ServerChoice | undefined {
  const wanted = draw(servers.inPool(pool), nowMs, random)
  if (wanted !== undefined) return { server: wanted, fallback: false }
  if (pool === 'data') return undefined
  const other = draw(servers.inPool(pool === 'primary' ? 'mitigation' : 'primary'), nowMs, random)
  return other === undefined ? undefined : { server: other, fallback: true }
}

function draw(
  servers: readonly ServerFacts[],
  nowMs: number,
  random: number,
): ServerFacts | undefined {
  let total = 0
  for (const server of servers) if (isHealthy(server, nowMs)) total += server.capacity
  let left = random * total
  let last: ServerFacts | undefined
  for (const server of servers) {
    if (!isHealthy(server, nowMs)) continue
    last = server
    left -= server.capacity
    if (left < 0) return server
  }
  return last
}

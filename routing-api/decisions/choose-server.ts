import { distanceKm, placeOf, type Place } from './distance.ts'
import {
  isHealthy,
  liveLoad,
  type Pool,
  type ServerFacts,
  type ServerPool,
  type ServerView,
} from './server-view.ts'

/** The server that was chosen, how, and against which other. */
export interface ServerChoice {
  readonly server: ServerFacts
  /** Of another pool, for the wanted one had none. */
  readonly fallback: boolean
  readonly way: 'nearest' | 'two-choices' | 'only'
  /** The other of two that were looked at. */
  readonly other: ServerFacts | undefined
  /** Kilometres to the client, where it is the nearest. */
  readonly km: number | undefined
}

/** Draws that may hit a server that has just fallen silent, before all are looked at. */
const DRAWS = 8
/** Servers as near as this to the nearest one are as good: load decides between them. */
const NEAR_KM = 50

/**
 * A healthy server of the pool: of the nearest, where client and servers have places, or of two drawn
 * at random by capacity, the one with less load (Mitzenmacher 2001: the power of two choices).
 * Primary and mitigation stand in for one another when one has nobody left: traffic goes on.
 * `random` gives numbers in [0, 1).
 */
export function chooseServer(
  servers: ServerView,
  pool: Pool,
  nowMs: number,
  random: () => number,
  place?: Place,
): ServerChoice | undefined {
  const wanted = choose(servers.inPool(pool), nowMs, random, place)
  if (wanted !== undefined || pool === 'data') return wanted
  const stand = pool === 'primary' ? 'mitigation' : 'primary'
  const other = choose(servers.inPool(stand), nowMs, random, place)
  return other === undefined ? undefined : { ...other, fallback: true }
}

function choose(
  pool: ServerPool,
  nowMs: number,
  random: () => number,
  place: Place | undefined,
): ServerChoice | undefined {
  const near = place === undefined ? undefined : nearest(pool, nowMs, place)
  if (near !== undefined) return near
  const first = draw(pool, nowMs, random)
  if (first === undefined) return undefined
  const second = pool.servers.length > 1 ? draw(pool, nowMs, random) : undefined
  if (second === undefined || second === first) {
    return { server: first, fallback: false, way: 'only', other: undefined, km: undefined }
  }
  const lighter = liveLoad(second, nowMs) < liveLoad(first, nowMs)
  const [server, other] = lighter ? [second, first] : [first, second]
  return { server, fallback: false, way: 'two-choices', other, km: undefined }
}

/** The nearest that is not full; of those about as near, the one with least load. */
function nearest(pool: ServerPool, nowMs: number, place: Place): ServerChoice | undefined {
  const able: { server: ServerFacts; km: number; load: number }[] = []
  let least = Infinity
  for (const server of pool.servers) {
    const at = placeOf(server.latitude, server.longitude)
    if (at === undefined || !isHealthy(server, nowMs)) continue
    const load = liveLoad(server, nowMs)
    if (load >= 1) continue
    const km = distanceKm(place, at)
    least = Math.min(least, km)
    able.push({ server, km, load })
  }
  const [best, second] = able.sort((a, b) =>
    a.km <= least + NEAR_KM && b.km <= least + NEAR_KM ? a.load - b.load : a.km - b.km,
  )
  if (best === undefined) return undefined
  const { server, km } = best
  return { server, fallback: false, way: 'nearest', other: second?.server, km }
}

/** One at random by capacity. */
function draw(pool: ServerPool, nowMs: number, random: () => number): ServerFacts | undefined {
  const { servers, cumulative } = pool
  const total = cumulative[servers.length - 1] ?? 0
  if (total <= 0) return undefined
  for (let i = 0; i < DRAWS; i += 1) {
    const drawn = servers[firstAbove(cumulative, servers.length, random() * total)]
    if (drawn !== undefined && isHealthy(drawn, nowMs)) return drawn
  }
  return drawHealthy(servers, nowMs, random())
}

/** First index whose sum is greater. */
function firstAbove(cumulative: Float64Array, length: number, value: number): number {
  let [low, high] = [0, length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((cumulative[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}

/** When most have just fallen silent: over those that are left. */
function drawHealthy(
  servers: readonly ServerFacts[],
  nowMs: number,
  random: number,
): ServerFacts | undefined {
  const healthy = servers.filter((server) => isHealthy(server, nowMs))
  let left = random * healthy.reduce((sum, { capacity }) => sum + capacity, 0)
  for (const server of healthy) {
    left -= server.capacity
    if (left < 0) return server
  }
  return healthy.at(-1)
}

import { type Random } from './random.ts'

/** What a kind of client wants of a server. */
export interface Kind {
  readonly name: 'api' | 'web' | 'bulk'
  readonly alpn: string
  readonly bytes: number
  /** Until an idle ordinary server begins to answer. */
  readonly latencyMs: number
  /** Bytes a second of an idle ordinary server. */
  readonly rate: number
}

export const KINDS: readonly Kind[] = [
  { name: 'api', alpn: 'h2', bytes: 3_000, latencyMs: 20, rate: 2e6 },
  { name: 'web', alpn: 'http/1.1', bytes: 300_000, latencyMs: 40, rate: 2e6 },
  { name: 'bulk', alpn: 'http/1.1', bytes: 3e7, latencyMs: 60, rate: 1e7 },
]

/** A server as it really is: nobody is told but through outcomes and heartbeats. */
export interface RealServer {
  readonly id: string
  readonly capacity: number
  /** Times as fast as an ordinary server, by kind. */
  readonly speed: Readonly<Record<Kind['name'], number>>
  active: number
  /** Share of connections that it fails, and how much slower it is, now. */
  failing: number
  slower: number
}

export interface Client {
  readonly ip: number
  readonly kind: Kind
  readonly attacker: boolean
  /** The engine suspects it. */
  readonly suspected: boolean
  last: RealServer | undefined
}

/** How one connection went at a server. */
export interface Course {
  readonly ok: boolean
  readonly latencyMs: number
  readonly durationMs: number
}

/** A connection at a server as busy as it is: time to answer grows as 1 / (1 - utilisation). */
export function courseOf(server: RealServer, client: Client, random: Random): Course {
  const { kind, attacker } = client
  const busy = Math.min(0.95, server.active / server.capacity)
  const noise = Math.exp(0.3 * random.normal())
  const latencyMs =
    ((kind.latencyMs * server.slower) / server.speed[kind.name] / (1 - busy)) * noise
  const transferMs = (kind.bytes / (kind.rate * server.speed[kind.name] * (1 - busy))) * 1000
  // An attacker holds on, and half of its connections end badly whoever serves it.
  const held = attacker ? 3_000 : 0
  const fails = random.next() < Math.max(server.failing, attacker ? 0.5 : 0.005)
  return { ok: !fails, latencyMs, durationMs: latencyMs + transferMs + held }
}

/** Specialists and generalists, two of each. */
export function differentServers(): RealServer[] {
  const speeds: readonly RealServer['speed'][] = [
    { api: 3, web: 0.7, bulk: 0.5 },
    { api: 0.7, web: 2, bulk: 0.7 },
    { api: 0.4, web: 0.7, bulk: 3 },
    { api: 1, web: 1, bulk: 1 },
  ]
  return [...speeds, ...speeds].map((speed, i) => serverOf(`d${i}`, speed))
}

/** All alike. */
export function alikeServers(count: number, capacity = 60): RealServer[] {
  const speed = { api: 1, web: 1, bulk: 1 }
  return Array.from({ length: count }, (_, i) => serverOf(`d${i}`, speed, capacity))
}

function serverOf(id: string, speed: RealServer['speed'], capacity = 60): RealServer {
  return { id, capacity, speed, active: 0, failing: 0, slower: 1 }
}

/** `count` clients, one in twenty hostile, of whom four in five are suspected. */
export function clientsOf(count: number, random: Random): Client[] {
  return Array.from({ length: count }, (_, ip): Client => {
    const attacker = ip % 20 === 7
    const draw = random.next()
    const kind = KINDS[draw < 0.6 ? 0 : draw < 0.9 ? 1 : 2] ?? KINDS[0]
    if (kind === undefined) throw new Error('no kinds')
    return { ip, kind, attacker, suspected: attacker && random.next() < 0.8, last: undefined }
  })
}

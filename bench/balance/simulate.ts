import { quantile } from '../print.ts'
import { type Balancer } from './balancers.ts'
import { courseOf, type Client, type Course, type RealServer } from './model.ts'
import { type Random } from './random.ts'
import { ShareWindow } from './share-window.ts'

/** What changes while it runs. */
export interface Fault {
  readonly server: number
  readonly fromS: number
  readonly untilS: number
  readonly failing: number
  readonly slower: number
}

export interface Scenario {
  readonly seconds: number
  /** New connections a second, of legitimate clients; each attacker comes five times as often. */
  readonly perSecond: number
  readonly faults: readonly Fault[]
  /** Seconds of one step. */
  readonly stepS: number
}

/** Figures of legitimate clients, and of the servers. */
export interface Figures {
  readonly connections: number
  /** Until the server began to answer, milliseconds. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failedShare: number
  /** Greatest load of a server over the mean, as it was at 99 of 100 looks, without a fault and warm. */
  readonly spreadP99: number
  readonly spreadMean: number
  /** Share of returning clients that came to another server than before, without a fault and warm. */
  readonly movedShare: number
  /** Of each fault: seconds until its server had under a twentieth of its even share; null: never. */
  readonly leftAfterS: readonly (number | null)[]
  /** Of each fault: seconds after its end until its server had half of its even share again. */
  readonly backAfterS: readonly (number | null)[]
  /** Times a healthy server lost half of the share it usually has, or got it back, an hour. */
  readonly swingsPerHour: number
}

/** Seconds in which everybody is a stranger. */
const WARM_S = 600
const START_MS = Date.UTC(2026, 0, 1)

interface Running {
  readonly client: Client
  readonly server: RealServer
  readonly course: Course
}

/** Lets time go by: connections come, are sent somewhere, hold their place, and end. */
export function simulate(
  scenario: Scenario,
  balancer: Balancer,
  servers: readonly RealServer[],
  clients: readonly Client[],
  random: Random,
): Figures {
  const { seconds, stepS, perSecond } = scenario
  const ends = new Map<number, Running[]>()
  const weights = clients.map(({ attacker }) => (attacker ? 5 : 1))
  const cumulative = cumulated(weights)
  const perStep =
    perSecond *
    stepS *
    ((cumulative.at(-1) ?? 0) / clients.filter(({ attacker }) => !attacker).length)
  const watch = new Watch(scenario, servers)
  for (let step = 0; step * stepS < seconds; step += 1) {
    const atS = step * stepS
    const nowMs = START_MS + atS * 1000
    applyFaults(scenario.faults, servers, atS)
    for (const { client, server, course } of ends.get(step) ?? []) {
      server.active -= 1
      balancer.ended(client, server, course, nowMs)
    }
    ends.delete(step)
    if (step % Math.max(1, Math.round(1 / stepS)) === 0) balancer.heartbeat(nowMs)
    for (let left = random.poisson(perStep); left > 0; left -= 1) {
      const client = drawn(clients, cumulative, random)
      const server = balancer.choose(client, nowMs)
      const course = courseOf(server, client, random)
      server.active += 1
      watch.saw(client, server, course, atS)
      client.last = server
      const end = step + Math.max(1, Math.round(course.durationMs / 1000 / stepS))
      const row = ends.get(end)
      if (row === undefined) ends.set(end, [{ client, server, course }])
      else row.push({ client, server, course })
    }
    watch.looked(atS)
  }
  return watch.figures()
}

/** Keeps the figures. */
class Watch {
  readonly #scenario: Scenario
  readonly #servers: readonly RealServer[]
  readonly #latencies: number[] = []
  readonly #spreads: number[] = []
  readonly #left: (number | null)[]
  readonly #back: (number | null)[]
  /** In which it shows soonest that a server is left, and in which chance alone halves hardly any share. */
  readonly #brief: ShareWindow
  readonly #long: ShareWindow
  readonly #low: boolean[]
  /** Share that each server usually has, of its even share. */
  readonly #usual: (number | undefined)[]
  #failed = 0
  #connections = 0
  #returned = 0
  #moved = 0
  #swings = 0

  constructor(scenario: Scenario, servers: readonly RealServer[]) {
    this.#scenario = scenario
    this.#servers = servers
    this.#left = scenario.faults.map(() => null)
    this.#back = scenario.faults.map(() => null)
    this.#low = servers.map(() => false)
    this.#usual = servers.map(() => undefined)
    this.#brief = new ShareWindow(servers.length, 40, 0)
    this.#long = new ShareWindow(servers.length, 100, 60)
  }

  saw(client: Client, server: RealServer, course: Course, atS: number): void {
    if (client.attacker) return
    const at = this.#servers.indexOf(server)
    this.#brief.took(at)
    this.#long.took(at)
    this.#connections += 1
    if (!course.ok) this.#failed += 1
    if (this.#latencies.length < 2_000_000) this.#latencies.push(course.latencyMs)
    if (!this.#calm(atS) || client.last === undefined) return
    this.#returned += 1
    if (client.last !== server) this.#moved += 1
  }

  looked(atS: number): void {
    if (this.#calm(atS)) {
      const loads = this.#servers.map(({ active, capacity }) => active / capacity)
      const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length
      if (mean > 0 && this.#spreads.length < 1_000_000)
        this.#spreads.push(Math.max(...loads) / mean)
    }
    const brief = this.#brief.over(atS)
    brief?.shares.forEach((share, i) => {
      this.#note(this.#faultOf(i, atS), share, brief.fromS, atS)
    })
    this.#long.over(atS)?.shares.forEach((share, i) => {
      this.#swing(i, share, atS)
    })
  }

  /** The fault of a server that began last. */
  #faultOf(server: number, atS: number): number {
    return this.#scenario.faults.findLastIndex((one) => one.server === server && one.fromS <= atS)
  }

  #swing(server: number, share: number, atS: number): void {
    const usual = this.#usual[server] ?? share
    const wasLow = this.#low[server] ?? false
    const low = share < usual * (wasLow ? 0.75 : 0.5)
    this.#low[server] = low
    if (atS < WARM_S || !this.#healthy(this.#faultOf(server, atS), atS)) return
    if (low !== wasLow) this.#swings += 1
    this.#usual[server] = usual + (share - usual) / 16
  }

  #note(fault: number, share: number, fromS: number, atS: number): void {
    const one = this.#scenario.faults[fault]
    if (one === undefined) return
    if (atS < one.untilS && share < 0.05) this.#left[fault] ??= fromS - one.fromS
    if (fromS >= one.untilS && share >= 0.5) this.#back[fault] ??= atS - one.untilS
  }

  /** No fault of it now, nor so lately that it is still being found out. */
  #healthy(fault: number, atS: number): boolean {
    const one = this.#scenario.faults[fault]
    return one === undefined || atS > one.untilS + 6 * 3_600
  }

  /** Warm, and before or long after every fault. */
  #calm(atS: number): boolean {
    if (atS < WARM_S) return false
    return this.#scenario.faults.every(
      ({ fromS, untilS }) => atS < fromS || atS > untilS + 4 * 3_600,
    )
  }

  figures(): Figures {
    const latencies = Float64Array.from(this.#latencies).sort()
    const spreads = Float64Array.from(this.#spreads).sort()
    return {
      connections: this.#connections,
      p50Ms: rounded(quantile(latencies, 0.5), 10),
      p99Ms: rounded(quantile(latencies, 0.99), 10),
      failedShare: rounded(this.#failed / Math.max(1, this.#connections), 10_000),
      spreadP99: rounded(quantile(spreads, 0.99), 100),
      spreadMean: rounded(
        spreads.reduce((sum, value) => sum + value, 0) / Math.max(1, spreads.length),
        100,
      ),
      movedShare: rounded(this.#moved / Math.max(1, this.#returned), 10_000),
      leftAfterS: this.#left.map((s) => s && rounded(s, 10)),
      backAfterS: this.#back.map((s) => s && rounded(s, 10)),
      swingsPerHour: rounded((this.#swings * 3_600) / this.#scenario.seconds, 10_000),
    }
  }
}

function applyFaults(faults: readonly Fault[], servers: readonly RealServer[], atS: number): void {
  for (const server of servers) {
    server.failing = 0
    server.slower = 1
  }
  for (const { server, fromS, untilS, failing, slower } of faults) {
    const bad = servers[server]
    if (bad === undefined || atS < fromS || atS >= untilS) continue
    bad.failing = failing
    bad.slower = slower
  }
}

function cumulated(weights: readonly number[]): Float64Array {
  let sum = 0
  return Float64Array.from(weights, (weight) => (sum += weight))
}

function drawn(clients: readonly Client[], cumulative: Float64Array, random: Random): Client {
  const value = random.next() * (cumulative.at(-1) ?? 0)
  let [low, high] = [0, clients.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((cumulative[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  const client = clients[low]
  if (client === undefined) throw new RangeError('no clients')
  return client
}

function rounded(value: number, by: number): number {
  return Math.round(value * by) / by
}

import { leastConnections, twoChoices, vestibule, type Balancer } from './balance/balancers.ts'
import { alikeServers, clientsOf, differentServers, type RealServer } from './balance/model.ts'
import { seededRandom, type Random } from './balance/random.ts'
import { simulate, type Fault, type Scenario } from './balance/simulate.ts'
import { print } from './print.ts'

const HOUR = 3_600
const SEED = 20_260_101

/**
 * Data servers by behaviour, against power of two choices and least connections that count connections
 * exactly; all see the same clients, one in twenty of them hostile and five times as busy. Seeded.
 */
export function run(): Promise<void> {
  const dense = { seconds: 2 * HOUR, perSecond: 40, stepS: 0.05 }
  const bad: Fault = { server: 1, fromS: HOUR, untilS: 1.5 * HOUR, failing: 0.7, slower: 8 }
  const stages: readonly (readonly [string, Scenario, () => RealServer[], number])[] = [
    [
      'servers alike, nothing happens',
      { ...dense, seconds: HOUR, faults: [] },
      () => alikeServers(8),
      4_000,
    ],
    [
      'servers alike, ten times as busy',
      { ...dense, perSecond: 400, seconds: 0.5 * HOUR, faults: [] },
      () => alikeServers(8, 600),
      4_000,
    ],
    [
      'servers alike, one turns bad for half an hour',
      { ...dense, faults: [bad] },
      () => alikeServers(8),
      4_000,
    ],
    ['specialists and generalists', { ...dense, faults: [bad] }, differentServers, 4_000],
    ['10,000 hours, outages now and then', sparse(10_000), () => alikeServers(6), 1_000],
  ]
  for (const [stage, scenario, fleet, clients] of stages) {
    for (const make of BALANCERS) {
      const random = seededRandom(SEED)
      const servers = fleet()
      const balancer = make(servers, random)
      const everybody = clientsOf(clients, seededRandom(SEED + 1))
      const cpu = process.cpuUsage()
      const figures = simulate(scenario, balancer, servers, everybody, random)
      const { user } = process.cpuUsage(cpu)
      const hours = scenario.seconds / HOUR
      const faults = summed(figures)
      print('balance', {
        stage,
        balancer: balancer.name,
        hours,
        ...figures,
        ...faults,
        cpuSeconds: Math.round(user / 1e6),
      })
    }
  }
  return Promise.resolve()
}

const BALANCERS: readonly ((servers: readonly RealServer[], random: Random) => Balancer)[] = [
  (servers) => vestibule(servers),
  (servers) => vestibule(servers, false),
  twoChoices,
  (servers) => leastConnections(servers),
]

/** Three connections a minute, and an outage of a day every 250 hours, of one server after the other. */
export function sparse(hours: number): Scenario {
  const faults: Fault[] = []
  for (let hour = 100; hour + 124 < hours; hour += 250) {
    const server = faults.length % 6
    faults.push({ server, fromS: hour * HOUR, untilS: (hour + 24) * HOUR, failing: 0.7, slower: 1 })
  }
  return { seconds: hours * HOUR, perSecond: 0.05, stepS: 5, faults }
}

/** Many faults as the median and the worst. */
function summed(figures: {
  readonly leftAfterS: readonly (number | null)[]
  readonly backAfterS: readonly (number | null)[]
}): object {
  if (figures.leftAfterS.length <= 2) return {}
  return { leftAfterS: ends(figures.leftAfterS), backAfterS: ends(figures.backAfterS) }
}

function ends(times: readonly (number | null)[]): object {
  const known = times.filter((time) => time !== null).toSorted((a, b) => a - b)
  return {
    median: known[known.length >> 1] ?? null,
    worst: known.at(-1) ?? null,
    never: times.length - known.length,
  }
}

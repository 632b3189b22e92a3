import { fullHandshake, type OneConnection, rawHello } from './haproxy/connections.ts'
import { ASKED, type Ground, PUSHED, startGround } from './haproxy/ground.ts'
import { openLoop, quantiles, type Times, type Way } from './haproxy/open-loop.ts'
import { print } from './print.ts'

/** Milliseconds of the comparison and of each step; `VESTIBULE_BENCH_MS` shortens or lengthens them. */
const FOR_MS = Number(process.env['VESTIBULE_BENCH_MS'] ?? 12_000)
/** Below this share of what was offered a step is past saturation. */
const SATURATED = 0.9

const PARTS = [
  {
    name: 'passthrough',
    tier: 'front',
    connection: rawHello,
    perSecond: 150,
    steps: [250, 500, 1_000, 2_000, 4_000],
  },
  {
    name: 'terminating',
    tier: 'primary',
    connection: fullHandshake,
    perSecond: 60,
    steps: [50, 100, 200, 400, 800],
  },
] as const

/**
 * What consultation adds to a new connection, through real HAProxy on exactly gates/haproxy: against the same
 * configuration without it, interleaved in one run; then steps up to saturation, with the share of answers that came
 * too late (fail-open) and the cores that HAProxy and the agent use.
 */
export async function run(): Promise<void> {
  for (const part of PARTS) {
    const ground = await startGround(part.tier)
    try {
      await compare(part.name, part.connection, ground, part.perSecond)
      for (const perSecond of part.steps) {
        if (!(await step(part.name, part.connection, ground, perSecond))) break
      }
    } finally {
      await ground.stop()
    }
  }
}

async function compare(
  part: string,
  connection: OneConnection,
  { asking, plain }: Ground,
  perSecond: number,
): Promise<void> {
  const ways: readonly Way[] = [
    { name: 'none', port: plain.port, from: [ASKED] },
    { name: 'asked', port: asking.port, from: [ASKED] },
    ...(part === 'passthrough' ? [{ name: 'pushed', port: asking.port, from: PUSHED }] : []),
  ]
  await openLoop(connection, ways, perSecond, 2_000)
  asking.count()
  const times = await openLoop(connection, ways, perSecond, FOR_MS)
  const base = times.get('none')
  const { undecided } = asking.count()
  for (const [way, own] of times) {
    const own50 = quantiles(own).p50ms
    const added = Number((own50 - (base === undefined ? 0 : quantiles(base).p50ms)).toFixed(2))
    print('haproxy', {
      ...{ part, way, samples: own.sorted.length, failed: own.failed, ...quantiles(own) },
      ...(way === 'none' ? {} : { addedP50ms: added }),
      ...(way === 'asked' ? { undecided } : {}),
      load: `open loop, ${perSecond}/s over all ways, interleaved`,
    })
  }
}

/** False past saturation. */
async function step(
  part: string,
  connection: OneConnection,
  { asking, agent }: Ground,
  perSecond: number,
): Promise<boolean> {
  const before = { haproxy: asking.cpuUs(), agent: await agent.cpuUs(), own: process.cpuUsage() }
  asking.count()
  const startedAt = performance.now()
  const way = { name: 'asked', port: asking.port, from: [ASKED] }
  const times = (await openLoop(connection, [way], perSecond, FOR_MS)).get('asked') ?? NO_TIMES
  const ms = performance.now() - startedAt
  const { logged, undecided } = asking.count()
  const own = process.cpuUsage(before.own)
  const cores = (us: number): number => Number((us / 1_000 / ms).toFixed(2))
  const reached = Math.round((times.sorted.length / ms) * 1_000)
  print('haproxy', {
    ...{ part, step: perSecond, reachedPerSecond: reached, failed: times.failed },
    ...quantiles(times),
    undecidedShare: logged === 0 ? 0 : Number((undecided / logged).toFixed(4)),
    haproxyCores: cores(asking.cpuUs() - before.haproxy),
    agentCores: cores((await agent.cpuUs()) - before.agent),
    clientCores: cores(own.user + own.system),
    load: 'open loop, one client process',
  })
  return reached >= SATURATED * perSecond
}

const NO_TIMES: Times = { sorted: new Float64Array(), failed: 0 }

import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type ServerFacts } from '../decisions/server-view.ts'
import { type Policy } from '../policy/policy.ts'
import { abilityOf, FRESH_AGENT, parseAgentCheck, said, type AgentState } from './agent-check.ts'
import { joined, parseStats, seenServers, type Seen } from './haproxy-stats.ts'
import { lessAble, type Observed, UNSEEN } from './observed.ts'

/** What a source answered, or in one sentence why it did not. */
export type Heard =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fault'; readonly message: string }

export interface LoadPorts {
  readonly askAgent: (host: string, port: number, signal: AbortSignal) => Promise<Heard>
  readonly readStats: (address: string, signal: AbortSignal) => Promise<Heard>
  readonly servers: {
    all(): readonly ServerFacts[]
    observe(id: string, observed: Observed): void
  }
  readonly settings: () => Policy['loads']
  readonly logger: Pick<Logger, 'info' | 'warn'>
  readonly metrics: Pick<Metrics, 'count'>
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Agents asked at the same time. */
const AT_ONCE = 16

/**
 * Asks agents and balancers for the load of servers, round after round, until the signal aborts. Every
 * instance of the API looks for itself, and keeps what it saw in memory: a restart looks again.
 */
export async function followLoads(ports: LoadPorts, signal: AbortSignal): Promise<void> {
  const memory: Memory = {
    agents: new Map(),
    seen: new Map(),
    silent: new Set(),
    observed: new Set(),
  }
  while (!signal.aborted) {
    await Promise.all([askAgents(memory, ports, signal), readBalancers(memory, ports, signal)])
    observeAll(memory, ports)
    await ports.sleep(ports.settings().everyMs, signal)
  }
}

/** What the sources have said; keyed by servers and sources of policy and registry, and no more. */
interface Memory {
  readonly agents: Map<string, { readonly state: AgentState; readonly atMs: number }>
  readonly seen: Map<string, { readonly servers: ReadonlyMap<string, Seen>; readonly atMs: number }>
  /** Sources that did not answer when they were asked last: said once. */
  readonly silent: Set<string>
  /** Servers of which something was seen in the last round. */
  observed: ReadonlySet<string>
}

async function askAgents(memory: Memory, ports: LoadPorts, signal: AbortSignal): Promise<void> {
  const asked = ports.servers.all().filter(({ agentPort }) => agentPort !== null)
  const ids = new Set(asked.map(({ id }) => id))
  for (const id of memory.agents.keys()) {
    if (ids.has(id)) continue
    memory.agents.delete(id)
    memory.silent.delete(`agent of ${id}`)
  }
  const left = asked.values()
  const ask = async (): Promise<void> => {
    for (const { id, host, agentPort } of left) {
      if (signal.aborted || agentPort === null) return
      const heard = await ports.askAgent(host, agentPort, signal)
      const answer = heard.kind === 'text' ? parseAgentCheck(heard.text) : undefined
      const source = `agent of ${id}`
      if (answer?.kind !== 'word') {
        const code =
          answer?.code === undefined ? undefined : `its answer is not understood: ${answer.code}`
        note(memory, ports, source, heard.kind === 'fault' ? heard.message : code)
        continue
      }
      note(memory, ports, source, undefined)
      const state = said(memory.agents.get(id)?.state ?? FRESH_AGENT, answer.word)
      memory.agents.set(id, { state, atMs: ports.now() })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, ask))
}

async function readBalancers(memory: Memory, ports: LoadPorts, signal: AbortSignal): Promise<void> {
  const { haproxy } = ports.settings()
  const addresses = new Set(haproxy.map(({ address }) => address))
  for (const address of memory.seen.keys()) if (!addresses.has(address)) memory.seen.delete(address)
  await Promise.all(
    haproxy.map(async ({ address, backends }) => {
      const heard = await ports.readStats(address, signal)
      const stats = heard.kind === 'text' ? parseStats(heard.text) : undefined
      if (stats?.kind !== 'stats') {
        const code = stats === undefined ? undefined : `no statistics: ${stats.code} ${stats.at}`
        note(
          memory,
          ports,
          `statistics of ${address}`,
          heard.kind === 'fault' ? heard.message : code,
        )
        return
      }
      note(memory, ports, `statistics of ${address}`, undefined)
      memory.seen.set(address, { servers: seenServers(stats.lines, backends), atMs: ports.now() })
    }),
  )
}

/** A source that falls silent, and one that is back, are worth a line each; every failure is counted. */
function note(memory: Memory, ports: LoadPorts, source: string, fault: string | undefined): void {
  if (fault === undefined) {
    if (memory.silent.delete(source)) ports.logger.info(`${source} answers again`)
    return
  }
  ports.metrics.count('load_source_failures_total', 1, { source: source.split(' ', 1)[0] ?? '' })
  if (memory.silent.has(source)) return
  memory.silent.add(source)
  ports.logger.warn(`${source}: ${fault}; what it said last stays in force`)
}

function observeAll(memory: Memory, ports: LoadPorts): void {
  const seen = new Map<string, Seen & { readonly atMs: number }>()
  for (const { servers, atMs } of memory.seen.values()) {
    for (const [id, one] of servers) {
      const before = seen.get(id)
      seen.set(id, { ...joined(before, one), atMs: Math.max(before?.atMs ?? 0, atMs) })
    }
  }
  const ids = new Set([...memory.agents.keys(), ...seen.keys()])
  for (const id of ids) {
    const agent = memory.agents.get(id)
    ports.servers.observe(id, observedOf(agent, seen.get(id)))
  }
  for (const id of memory.observed) if (!ids.has(id)) ports.servers.observe(id, UNSEEN)
  memory.observed = ids
}

function observedOf(
  agent: { readonly state: AgentState; readonly atMs: number } | undefined,
  seen: (Seen & { readonly atMs: number }) | undefined,
): Observed {
  const byAgent: Observed =
    agent === undefined
      ? UNSEEN
      : {
          ...UNSEEN,
          state: abilityOf(agent.state),
          capacityShare: agent.state.percent / 100,
          capacity: agent.state.maxConnections,
          atMs: agent.atMs,
        }
  if (seen === undefined) return byAgent
  return {
    ...byAgent,
    state: lessAble(byAgent.state, seen.state),
    activeConnections: seen.connections,
    atMs: Math.max(byAgent.atMs, seen.atMs),
  }
}

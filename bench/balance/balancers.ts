import { EMPTY_POPULATION } from '../../behaviour/population-view.ts'
import { clientEntity } from '../../lib/client-entity.ts'
import { HabitFold } from '../../processors/habit-fold/habit-fold.ts'
import { type FoldOutput } from '../../processors/client-fold/fold-output.ts'
import { ServerFold } from '../../processors/server-fold/server-fold.ts'
import { decideDataServer } from '../../routing-api/decisions/decide-data-server.ts'
import { type DecisionView } from '../../routing-api/decisions/decision-view.ts'
import { type ScoreFacts } from '../../routing-api/decisions/score-facts.ts'
import { OperatorLists } from '../../routing-api/lists/operator-lists.ts'
import { BUILT_IN } from '../../routing-api/policy/active-policy.ts'
import { HabitTable } from '../../routing-api/state/habit-table.ts'
import { ReputationTable } from '../../routing-api/state/reputation-table.ts'
import { ServerRegistry } from '../../routing-api/state/server-registry.ts'
import { exampleRecord } from '../../test/support/example-record.ts'
import { type Client, type Course, type RealServer } from './model.ts'
import { type Random } from './random.ts'

/** What sends connections to servers, and may learn from how they end. */
export interface Balancer {
  readonly name: string
  choose(client: Client, nowMs: number): RealServer
  ended(client: Client, server: RealServer, course: Course, nowMs: number): void
  /** Servers tell their load. */
  heartbeat(nowMs: number): void
}

const deaf = { ended: () => undefined, heartbeat: () => undefined }

/** Of two drawn at random the one that holds fewer connections; it counts them itself, exactly. */
export function twoChoices(servers: readonly RealServer[], random: Random): Balancer {
  const draw = (): RealServer => at(servers, Math.floor(random.next() * servers.length))
  return {
    name: 'two choices',
    choose(): RealServer {
      const [a, b] = [draw(), draw()]
      return b.active < a.active ? b : a
    },
    ...deaf,
  }
}

/** The one that holds fewest connections; of equal ones in turn. */
export function leastConnections(servers: readonly RealServer[]): Balancer {
  let turn = 0
  return {
    name: 'least connections',
    choose(): RealServer {
      turn += 1
      let best = at(servers, turn % servers.length)
      for (const server of servers) if (server.active < best.active) best = server
      return best
    },
    ...deaf,
  }
}

/**
 * The very code of the API and the processors, joined in memory. Loads are known by heartbeats once a
 * second and, with `toldEnds`, by outcomes told to the API.
 */
export function vestibule(servers: readonly RealServer[], toldEnds = true): Balancer {
  const registry = new ServerRegistry()
  const reputations = new ReputationTable()
  const habits = new HabitTable()
  const [habitFold, serverFold] = [new HabitFold(), new ServerFold()]
  const byId = new Map(servers.map((server) => [server.id, server]))
  const groups = new Map<number, string>()
  const suspects = new Set<string>()
  const view = viewOf(registry, reputations, habits, suspects)
  let told = 0

  function take(outputs: readonly FoldOutput[]): void {
    for (const output of outputs) {
      if (output.kind !== 'record') continue
      if (output.type === 'Habit') habits.apply(output.record)
      if (output.type === 'Served') take(serverFold.step(output))
      if (output.type === 'Reputation') reputations.apply(output.record)
    }
  }

  return {
    name: toldEnds ? 'vestibule' : 'vestibule, heartbeats only',
    choose(client, nowMs): RealServer {
      const address = addressOf(client)
      if (client.suspected) suspects.add(clientEntity(address))
      const facts = {
        address,
        protocol: 'tls',
        fingerprint: null,
        inHand: [],
        serverAddress: null,
        nowMs,
      } as const
      const question = { facts, alpn: client.kind.alpn, serverName: null }
      const { server, group } = decideDataServer(question, view(nowMs))
      const chosen = byId.get(server?.id ?? '')
      if (server === undefined || chosen === undefined) throw new Error('no server')
      registry.assign(server, nowMs)
      groups.set(client.ip, group)
      return chosen
    },
    ended(client, server, { ok, latencyMs, durationMs }, nowMs): void {
      told += 1
      if (toldEnds) registry.ended(server.id, nowMs)
      const eventId = Buffer.alloc(16)
      eventId.writeUInt32BE(told, 0)
      const at = Math.round(nowMs * 1000)
      const record = {
        ...OUTCOME,
        ...{ eventId, observedAt: at, ingestedAt: at, clientAddress: addressOf(client) },
        ...{ server: server.id, group: groups.get(client.ip) ?? null, latencyMs, durationMs },
        ...{
          result: ok ? ('completed' as const) : ('failed' as const),
          bytesOut: client.kind.bytes,
        },
      }
      take(habitFold.step({ type: 'Outcome', record }))
    },
    heartbeat(nowMs): void {
      for (const { id, capacity, active } of servers) {
        registry.apply({
          ...SERVER,
          ...{ serverId: id, capacity, activeConnections: active, observedAt: nowMs * 1000 },
        })
      }
    },
  }
}

function viewOf(
  servers: ServerRegistry,
  reputations: ReputationTable,
  habits: HabitTable,
  suspects: ReadonlySet<string>,
): (nowMs: number) => DecisionView {
  const lists = new OperatorLists()
  const known = { lists, policy: BUILT_IN, servers, reputations, habits, key: 'bench' }
  return (nowMs) => ({
    ...known,
    population: EMPTY_POPULATION,
    freshness: { kind: 'current' },
    scores: {
      find: (entity) =>
        entity.startsWith('ip:') && suspects.has(entity.slice(3, -'#tls'.length))
          ? { ...SUSPECTED, entity, asOfMs: nowMs, validUntilMs: nowMs + 1 }
          : undefined,
    },
  })
}

const SUSPECTED: ScoreFacts = {
  ...{ entity: '', kind: 'ip', protocol: 'tls', value: 0.6, evidence: 5.5, peak: 0.6 },
  ...{ asOfMs: 0, halfLifeMs: 3_600_000, validUntilMs: 0, lastSuccessAtMs: null, shared: false },
  ...{ ground: 'assumed', families: [], cap: null, modelVersion: 'bench', contributions: () => [] },
}

const OUTCOME = exampleRecord('Outcome', {
  ...{
    result: 'completed',
    fingerprint: null,
    decisionId: null,
    connectionId: null,
    revokes: null,
  },
  ...{
    objectiveMs: null,
    bytesIn: 500,
    terminationState: null,
    authenticated: false,
    sensor: 'bench',
  },
})

const SERVER = exampleRecord('Server', {
  pool: 'data',
  state: 'up',
  load: 0,
  labels: [],
  heartbeatMs: 0,
  configured: false,
})

function addressOf({ ip }: Client): Uint8Array {
  return Buffer.from([
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    255,
    255,
    10,
    ip >> 16,
    (ip >> 8) & 255,
    ip & 255,
  ])
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new RangeError(`nothing at ${index}`)
  return found
}

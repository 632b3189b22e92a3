import { EMPTY_POPULATION } from '../../../behaviour/population-view.ts'
import { type Evidence } from '../../../behaviour/evidence/evidence.ts'
import { type Habit } from '../../../behaviour/servers/group.ts'
import { type Posterior } from '../../../behaviour/servers/posterior.ts'
import { hashText } from '../../../lib/hash-words.ts'
import { parseAddress } from '../../../lib/client-entity.ts'
import { type Control, type Population } from '../../../schemas/generated/records.ts'
import { type ClientFacts } from '../../../routing-api/decisions/client-verdict.ts'
import { type HandshakeQuestion } from '../../../routing-api/decisions/decide-handshake.ts'
import { type DecisionView } from '../../../routing-api/decisions/decision-view.ts'
import { type ScoreFacts } from '../../../routing-api/decisions/score-facts.ts'
import { type ServerFacts, type ServerPool } from '../../../routing-api/decisions/server-view.ts'
import { OperatorLists } from '../../../routing-api/lists/operator-lists.ts'
import { activate } from '../../../routing-api/policy/active-policy.ts'
import { Policy } from '../../../routing-api/policy/policy.ts'
import { exampleRecord } from '../../support/example-record.ts'

export const NOW = 1_800_000_000_000
export const FP = 't13d1516h2_8daaf6152771_02713d6af862'

export function address(text: string): Uint8Array {
  return parseAddress(text) ?? new Uint8Array(16)
}

/** A client at 192.0.2.1 that speaks with FP and presents nothing. */
export function client(over: Partial<ClientFacts> = {}): ClientFacts {
  return {
    address: address('192.0.2.1'),
    protocol: 'tls',
    fingerprint: FP,
    inHand: [],
    serverAddress: null,
    nowMs: NOW,
    ...over,
  }
}

/** Asked at `shop`, for no name, from nowhere known. */
export function asked(over: Partial<ClientFacts> = {}): HandshakeQuestion {
  return { facts: client(over), listener: 'shop', serverName: null, place: undefined }
}

/** A score of this moment made of two families, so that no cap but the context's is in force. */
export function score(
  entity: string,
  evidence: number,
  over: Partial<ScoreFacts> = {},
): ScoreFacts {
  const tls = entity.endsWith('#tls')
  const half = { value: 1, unit: 'x', baseline: null, oneIn: null, nats: evidence / 2, points: 0 }
  return {
    entity,
    kind: entity.startsWith('ip-fp')
      ? 'ip-fp'
      : entity.startsWith('net')
        ? 'net'
        : entity.startsWith('fp')
          ? 'fp'
          : 'ip',
    protocol: tls ? 'tls' : 'ssh',
    value: 0,
    evidence,
    asOfMs: NOW,
    halfLifeMs: 3_600_000,
    validUntilMs: NOW + 3_600_000,
    lastSuccessAtMs: null,
    peak: 0,
    shared: false,
    ground: 'assumed',
    families: [],
    cap: null,
    modelVersion: 'm1',
    contributions: () => [
      { ...half, feature: tls ? 't_fp_churn' : 's_fail', text: 'one kind of evidence' },
      { ...half, feature: tls ? 't_rand_dup' : 's_cookie_dup', text: 'another kind of evidence' },
    ],
    ...over,
  }
}

export function evidence(nats: number, over: Partial<Evidence> = {}): Evidence {
  return {
    feature: 't_rand_bytes',
    family: 'randomness',
    nats,
    value: 1,
    unit: 'x',
    baseline: null,
    oneIn: null,
    text: 'the hello in hand',
    ...over,
  }
}

export function server(id: string, over: Partial<ServerFacts> = {}): ServerFacts {
  return {
    id,
    pool: 'primary',
    host: `${id}.test`,
    port: 443,
    state: 'up',
    capacity: 100,
    activeConnections: 0,
    load: 0,
    labels: [],
    latitude: null,
    longitude: null,
    heartbeatMs: 0,
    agentPort: null,
    heardAtMs: NOW,
    assigned: 0,
    assignedAtMs: 0,
    hash: hashText(id),
    ...over,
  }
}

export interface ViewParts {
  readonly scores?: readonly ScoreFacts[]
  readonly policy?: object
  readonly lists?: readonly (readonly ['allow' | 'deny' | 'decoy', string])[]
  readonly servers?: readonly ServerFacts[]
  /** By server and group. */
  readonly reputations?: ReadonlyMap<string, ReadonlyMap<string, Posterior>>
  readonly habits?: ReadonlyMap<string, Habit>
  readonly freshness?: DecisionView['freshness']
  /** Client-days known; the default is past the cold start. */
  readonly population?: number
}

/** A view in force (no shadow) with a population past its cold start. */
export function view(parts: ViewParts = {}): DecisionView {
  const scores = new Map(parts.scores?.map((facts) => [facts.entity, facts]))
  const lists = new OperatorLists()
  for (const [list, id] of parts.lists ?? []) lists.apply(list, control(list, id))
  const total = parts.population ?? 10_000
  const servers = parts.servers ?? [server('p1'), server('m1', { pool: 'mitigation' })]
  return {
    scores: { find: (entity) => scores.get(entity) },
    population: {
      ...EMPTY_POPULATION,
      find: (kind, protocol) => (kind === 'global' ? globalRow(protocol, total) : undefined),
    },
    lists,
    policy: activate(Policy.parse({ shadow: false, tls: { spread: 0 }, ...parts.policy }), 1),
    servers: { inPool: (pool) => poolOf(servers.filter((known) => known.pool === pool)) },
    reputations: { find: (id, group) => parts.reputations?.get(id)?.get(group) },
    habits: { find: (entity) => parts.habits?.get(entity) },
    key: 'test',
    freshness: parts.freshness ?? { kind: 'current' },
  }
}

export function control(kind: Control['kind'], id: string, over: Partial<Control> = {}): Control {
  return exampleRecord('Control', {
    kind,
    id,
    deleted: false,
    body: '{"untilMs":null}',
    actor: 'ops',
    reason: 'because',
    observedAt: NOW * 1000,
    ...over,
  })
}

export function poolOf(servers: readonly ServerFacts[]): ServerPool {
  let sum = 0
  return {
    servers,
    ring: servers.toSorted((a, b) => a.hash - b.hash),
    cumulative: Float64Array.from(servers, ({ state, capacity }) => {
      sum += state === 'up' ? capacity : 0
      return sum
    }),
  }
}

function globalRow(protocol: 'tls' | 'ssh', total: number): Population {
  return exampleRecord('Population', { kind: 'global', key: protocol, protocol, total })
}

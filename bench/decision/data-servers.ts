import { eventId } from '../../lib/event-id.ts'
import { type ClientFacts } from '../../routing-api/decisions/client-verdict.ts'
import { decideDataServer } from '../../routing-api/decisions/decide-data-server.ts'
import { type ApiState } from '../../routing-api/state/api-state.ts'
import { exampleRecord } from '../../test/support/example-record.ts'
import { print, quantile } from '../print.ts'

const ROUNDS = 20_000
const GROUPS = [
  'h2/small/interactive/resumes/low',
  'http1/bulk/lasting/fresh/low',
  'h2/new/low',
  '*',
]

/** Microseconds per choice of a data server, among so many that all have a reputation with each group. */
export function measureDataServers(
  state: ApiState,
  now: number,
  addressOf: (n: number) => Uint8Array,
): void {
  for (const servers of [4, 16, 64, 1_000]) {
    register(state, servers, now)
    const micros = new Float64Array(ROUNDS)
    for (let warm = 0; warm < 2; warm += 1) {
      for (let i = 0; i < ROUNDS; i += 1) {
        const address = addressOf(((i * 7919) % 1_000_000) * 2)
        const startedAt = process.hrtime.bigint()
        const facts: ClientFacts = {
          ...{ address, fingerprint: null, inHand: [], serverAddress: null, nowMs: now },
          protocol: 'tls',
        }
        const { server } = decideDataServer(
          { facts, alpn: i % 2 === 0 ? 'h2' : 'http/1.1', serverName: 'shop.example.org' },
          state.view(now),
        )
        if (server !== undefined) state.servers.assign(server, now)
        micros[i] = Number(process.hrtime.bigint() - startedAt) / 1000
        if (server !== undefined) state.servers.ended(server.id, now)
      }
    }
    micros.sort()
    const at = (share: number): number => Math.round(quantile(micros, share) * 100) / 100
    const way = 'data server'
    print('decision', { way, servers, p50us: at(0.5), p99us: at(0.99), p999us: at(0.999) })
  }
}

function register(state: ApiState, servers: number, now: number): void {
  state.servers.configure(
    Array.from({ length: servers }, (_, i) => ({
      ...{ id: `d${i}`, pool: 'data' as const, host: `d${i}.test`, port: 80, capacity: 100 },
      ...{ labels: i % 2 === 0 ? ['h2'] : ['bulk'], latitude: null, longitude: null },
      ...{ heartbeatMs: 0, agentPort: null },
    })),
    now,
  )
  for (let i = 0; i < servers; i += 1) {
    const groups = GROUPS.map((group) => ({
      ...{ group, alpha: 50 + (i % 10), beta: 1 + (i % 3), fit: 25 + (i % 20), fitWeight: 50 },
    }))
    const record = { serverId: `d${i}`, groups, asOf: now * 1000, observedAt: now * 1000 }
    const id = eventId('Reputation', new Uint8Array(16), i)
    state.reputations.apply(exampleRecord('Reputation', { ...record, eventId: id }))
  }
}

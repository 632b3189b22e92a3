import { ipEntity, ipFpEntity } from '../behaviour/entity.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { NO_METRICS } from '../lib/metrics.ts'
import { decideHandshake } from '../routing-api/decisions/decide-handshake.ts'
import { HelloReader } from '../routing-api/decisions/hello-in-hand.ts'
import { ApiState } from '../routing-api/state/api-state.ts'
import { exampleRecord } from '../test/support/example-record.ts'
import { browserHelloBytes } from './browser-hello.ts'
import { measureDataServers } from './decision/data-servers.ts'
import { print } from './print.ts'

const SCORES = 1_000_000
const ROUNDS = 200_000
const SERVERS = 16
const FP = 't13d1516h2_8daaf6152771_02713d6af862'

/**
 * The decision core with a million scores loaded, one in twenty suspicious, half of the clients known:
 * microseconds per decision, each with its own client, without and with a hello in hand, and of data servers.
 */
export function run(): Promise<void> {
  const now = Date.now()
  const before = process.memoryUsage().rss
  const state = loaded(now)
  const residentMb = Math.round((process.memoryUsage().rss - before) / 1e6)
  print('decision', { way: 'loaded', scores: state.scores.size, residentMb })
  const hellos = new HelloReader()
  const bytes = browserHelloBytes()
  for (const way of ['facts', 'hello in hand'] as const) {
    for (let warm = 0; warm < 2; warm += 1) {
      const micros = new Float64Array(ROUNDS)
      for (let i = 0; i < ROUNDS; i += 1) {
        const address = addressOf(((i * 7919) % SCORES) * 2)
        const startedAt = process.hrtime.bigint()
        const view = state.view(now)
        const connection = {
          clientAddress: address,
          addressForm: 'clear' as const,
          clientPort: 4000,
          listener: 'shop',
          gate: 'bench',
          site: 'bench',
          nowMs: now,
        }
        const hello = way === 'facts' ? undefined : hellos.read(bytes, connection, state.population)
        decideHandshake(
          {
            facts: {
              address,
              protocol: 'tls',
              fingerprint: hello?.kind === 'hello' ? hello.stableKey : FP,
              inHand: hello?.kind === 'hello' ? hello.evidence : [],
              serverAddress: null,
              nowMs: now,
            },
            listener: 'shop',
            serverName: 'shop.example.org',
            place: undefined,
          },
          view,
          Math.random,
        )
        micros[i] = Number(process.hrtime.bigint() - startedAt) / 1000
      }
      micros.sort()
      if (warm === 1)
        print('decision', {
          way,
          p50us: at(micros, 0.5),
          p99us: at(micros, 0.99),
          p999us: at(micros, 0.999),
        })
    }
  }
  measureDataServers(state, now, addressOf)
  return Promise.resolve()
}

/** Scores of every second address, a tenth of them with its program. */
function loaded(now: number): ApiState {
  const codec = singleObjectCodec()
  const state = new ApiState(codec, NO_METRICS)
  for (let i = 0; state.scores.size < SCORES; i += 1) {
    const client = [...addressOf(i * 4).subarray(12)].join('.')
    const entity = i % 10 === 0 ? ipFpEntity(client, FP, 'tls') : ipEntity(client, 'tls')
    const suspicious = i % 20 === 1
    const score = exampleRecord('Score', {
      entity,
      kind: i % 10 === 0 ? 'ip-fp' : 'ip',
      protocol: 'tls',
      value: suspicious ? 0.8 : 0.05,
      evidence: suspicious ? 8 : 0.4,
      lastSuccessAt: null,
      asOf: now * 1000,
      halfLifeMs: 21_600_000,
      validUntil: (now + 86_400_000) * 1000,
    })
    state.scores.put(score, codec.encode('Score', score))
  }
  state.servers.configure(
    Array.from({ length: SERVERS }, (_, i) => ({
      id: `s${i}`,
      pool: i % 4 === 0 ? ('mitigation' as const) : ('primary' as const),
      host: `s${i}.test`,
      port: 443,
      capacity: 100,
      labels: [],
      latitude: null,
      longitude: null,
      heartbeatMs: 0,
      agentPort: null,
    })),
    now,
  )
  state.caughtUp(now)
  return state
}

function addressOf(n: number): Uint8Array {
  const address = new Uint8Array(16)
  address.set([0xff, 0xff, 10 + (n >>> 24), (n >>> 16) & 255, (n >>> 8) & 255, n & 255], 10)
  return address
}

function at(sorted: Float64Array, share: number): number {
  return Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100
}

import { type Socket } from 'node:net'
import { CircuitBreaker, DEFAULT_BREAKER } from '../../gates/ssh/circuit-breaker.ts'
import { type GateConfig } from '../../gates/ssh/gate-config.ts'
import { gateLoad } from '../../gates/ssh/gate-load.ts'
import { HalfOpen } from '../../gates/ssh/half-open.ts'
import { KnownConnections } from '../../gates/ssh/known-connections.ts'
import { Penalties } from '../../gates/ssh/penalties.ts'
import { Unproven } from '../../gates/ssh/unproven.ts'
import { type Config } from '../../lib/config.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { gateKeys } from '../../protocols/challenge/gate-keys.ts'
import { jsonClient } from '../http/json-client.ts'
import { openSecrets } from '../secrets.ts'
import { type GateWorld, type WaitingSocket } from './gate-world.ts'
import { loopBusyness } from './loop-busyness.ts'
import { createOutcomeSender } from './outcome-sender.ts'
import { blockListOf } from './serve-client.ts'

/** What an ended connection's report waits for: the log's line about its login. */
const LOG_WAIT_MS = 1_000

/** The world of a gate as configured, and the call that closes what it holds. */
export function openWorld(
  config: Config,
  gate: GateConfig,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): GateWorld & { readonly close: () => Promise<void> } {
  const { gateSign, gateSeal } = openSecrets(config.dataDir)
  const api = jsonClient(gate.api.url, process.env['VESTIBULE_API_KEY'])
  const now = (): number => performance.now()
  const name = `gate-${config.site}`
  const hasLog = gate.listeners.some(({ authLog }) => authLog !== undefined)
  const waitMs = hasLog ? LOG_WAIT_MS : 0
  const outcomes = createOutcomeSender({ api, metrics, gate: name, waitMs })
  const sockets = new Set<Socket>()
  const halfOpen = new HalfOpen<WaitingSocket>(gate.limits)
  const busyness = loopBusyness()
  const load = (): number =>
    gateLoad({
      ...{ connections: sockets.size, mostConnections: gate.limits.connections },
      ...{ halfOpen: halfOpen.size, mostHalfOpen: gate.limits.halfOpen, busy: busyness() },
    })
  return {
    ...{ config: gate, metrics, logger, now, random: Math.random, outcomes },
    keys: gateKeys({ sign: Buffer.from(gateSign, 'hex'), seal: Buffer.from(gateSeal, 'hex') }),
    ask: {
      ...{ api, metrics, logger, now, load, gate: name },
      breaker: new CircuitBreaker(DEFAULT_BREAKER),
      timeoutMs: gate.api.timeoutMs,
      fallback: gate.static,
    },
    ...{ halfOpen, sockets },
    penalties: new Penalties(gate.penalties),
    exempt: blockListOf(gate.penalties.exempt),
    known: new KnownConnections(gate.limits.connections),
    unproven: new Unproven(),
    starting: new Set(),
    async close(): Promise<void> {
      await outcomes.drained()
      api.close()
    },
  }
}

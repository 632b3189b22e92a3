import { createMetrics } from '../../io/metrics.ts'
import { serveMetrics } from '../../io/metrics-server.ts'
import { createLogger } from '../../io/log.ts'
import { jsonClient } from '../../io/http/json-client.ts'
import { openSecrets } from '../../io/secrets.ts'
import { createOutcomeSender } from '../../io/ssh-gate/outcome-sender.ts'
import { SshGate } from '../../io/ssh-gate/gate.ts'
import { blockListOf } from '../../io/ssh-gate/serve-client.ts'
import { type Config } from '../../lib/config.ts'
import { gateKeys } from '../../protocols/challenge/gate-keys.ts'
import { CircuitBreaker, DEFAULT_BREAKER } from './circuit-breaker.ts'
import { type GateConfig } from './gate-config.ts'
import { HalfOpen } from './half-open.ts'
import { KnownConnections } from './known-connections.ts'
import { Penalties } from './penalties.ts'

/** What an ended connection's report waits for: the log's line about its login. */
const LOG_WAIT_MS = 1_000

/** The SSH gate: listens until the signal aborts, then serves the connections it has to the last. */
export async function main(config: Config, gate: GateConfig, signal: AbortSignal): Promise<void> {
  const logger = createLogger('gate-ssh')
  const metrics = createMetrics()
  await serveMetrics(config.metricsPort, () => metrics.text(), signal)
  const { gateSign, gateSeal } = openSecrets(config.dataDir)
  const api = jsonClient(gate.api.url, process.env['VESTIBULE_API_KEY'])
  const now = (): number => performance.now()
  const name = `gate-${config.site}`
  const hasLog = gate.listeners.some(({ authLog }) => authLog !== undefined)
  const outcomes = createOutcomeSender({
    api,
    metrics,
    gate: name,
    waitMs: hasLog ? LOG_WAIT_MS : 0,
  })
  const server = new SshGate({
    ...{ config: gate, metrics, logger, now, random: Math.random, outcomes },
    keys: gateKeys({ sign: Buffer.from(gateSign, 'hex'), seal: Buffer.from(gateSeal, 'hex') }),
    ask: {
      ...{ api, metrics, logger, now, gate: name },
      breaker: new CircuitBreaker(DEFAULT_BREAKER),
      timeoutMs: gate.api.timeoutMs,
      fallback: gate.static,
    },
    halfOpen: new HalfOpen(gate.limits),
    penalties: new Penalties(gate.penalties),
    exempt: blockListOf(gate.penalties.exempt),
    known: new KnownConnections(gate.limits.connections),
  })
  const ports = await server.listen()
  logger.info('SSH gate listens', Object.fromEntries(ports))
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true })
  })
  logger.info('SSH gate takes no more connections', { open: server.connections })
  await server.drain()
  await outcomes.drained()
  api.close()
}

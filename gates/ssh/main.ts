import { once } from 'node:events'
import { createLogger } from '../../io/log.ts'
import { createMetrics } from '../../io/metrics.ts'
import { serveMetrics } from '../../io/metrics-server.ts'
import { sleep } from '../../io/sleep.ts'
import { checkSshd } from '../../io/ssh-gate/check-sshd.ts'
import { followLogs } from '../../io/ssh-gate/follow-logs.ts'
import { servedBy } from '../../io/ssh-gate/gate-processes.ts'
import { SshGate } from '../../io/ssh-gate/gate.ts'
import { listenForStepUp } from '../../io/ssh-gate/step-up-socket.ts'
import { openWorld } from '../../io/ssh-gate/open-world.ts'
import { type Config } from '../../lib/config.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type AuthLogs } from './auth-logs.ts'
import { type GateConfig } from './gate-config.ts'

/** Opens what the log producer gives, where a listener names a log. */
export type OpenLogs = (config: Config, metrics: Metrics) => AuthLogs

/** The SSH gate: listens until the signal aborts, then serves the connections it has to the last. */
export async function main(
  config: Config,
  gate: GateConfig,
  openLogs: OpenLogs,
  signal: AbortSignal,
): Promise<void> {
  const logger = createLogger('gate-ssh')
  const metrics = createMetrics()
  await checkSshd(gate.listeners)
  const over = new AbortController()
  await serveMetrics(config, () => metrics.text(), over.signal)
  const world = openWorld(config, gate, { logger, metrics })
  const hasLog = gate.listeners.some(({ authLog }) => authLog !== undefined)
  const logs = hasLog ? openLogs(config, metrics) : undefined
  const following = logs === undefined ? undefined : followLogs(world, logs, over.signal)
  const server = new SshGate(world)
  const ports = await server.listen()
  const { stepUpSocket } = gate
  if (stepUpSocket !== undefined) await listenForStepUp(world, stepUpSocket)
  const drain = new AbortController()
  servedBy(drain).listening()
  logger.info('SSH gate listens', Object.fromEntries(ports))
  await once(AbortSignal.any([signal, drain.signal]), 'abort')
  logger.info('SSH gate takes no more connections', { open: server.connections })
  await Promise.race([server.drain(), sleep(gate.drainS * 1_000, over.signal)])
  server.stop()
  await world.close()
  over.abort()
  await following
  await logs?.close()
}

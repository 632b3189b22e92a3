import { type Config } from '../../lib/config.ts'
import { TOPICS, type Topic } from '../../schemas/topics.ts'
import { createLogger } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { serveMetrics } from '../metrics-server.ts'
import { startLogOwner } from './owner.ts'

const DAY_MS = 86_400_000

/** The owner of the embedded event log as a service: until the signal aborts. */
export async function main(config: Config, signal: AbortSignal): Promise<void> {
  const metrics = createMetrics()
  const owner = await startLogOwner({
    dataDir: config.dataDir,
    socketPath: config.logSocket,
    fsync: config.fsync,
    topics: keptAtMost(config.retentionDays),
    logger: createLogger('event-log'),
    metrics,
    signal,
  })
  await serveMetrics(config, () => metrics.text(), signal)
  await owner.closed
}

/** The topics, none of them kept longer than the installation keeps anything. */
function keptAtMost(days: number): Readonly<Record<string, Topic>> {
  const shortened = Object.entries<Topic>(TOPICS).map(([name, topic]) => {
    const retentionMs =
      topic.retentionMs === null ? null : Math.min(topic.retentionMs, days * DAY_MS)
    return [name, { ...topic, retentionMs }] as const
  })
  return Object.fromEntries(shortened)
}

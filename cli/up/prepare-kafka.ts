import { openEventLog } from '../../io/event-log/open.ts'
import { type Config } from '../../lib/config.ts'
import { SILENT } from '../../lib/logger.ts'

const PATIENCE_MS = 4_000

/**
 * Sees that the brokers answer and have their topics, before anything is started, and removes the topics of the
 * demonstration before this one. Answers a line for people; rejects with a sentence for them.
 */
export async function prepareKafka(config: Config, outdated: string | undefined): Promise<string> {
  const startedAt = Date.now()
  const log = await openEventLog(config, { logger: SILENT, unavailableAfterMs: PATIENCE_MS })
  await log.close()
  if (outdated !== undefined) {
    const { kafkaConnection } = await import('../../io/event-log/kafka/settings.ts')
    const { forgetTopics } = await import('../../io/event-log/kafka/platformatic/forget-topics.ts')
    await forgetTopics(kafkaConnection(config, PATIENCE_MS), outdated)
  }
  const topics = config.kafkaPrefix === '' ? '' : `, topics ${config.kafkaPrefix}*`
  return `event log on Kafka at ${config.kafkaBrokers ?? ''} ready${topics} (${Date.now() - startedAt} ms)`
}

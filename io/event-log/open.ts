import { type Config } from '../../lib/config.ts'
import { EventLogError, type EventLog } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { connectEventLog } from './connect.ts'

export interface OpenOptions {
  readonly logger: Logger
  /** How long to wait for an owner or for brokers that are away; default 30 s. */
  readonly unavailableAfterMs?: number
}

/** The event log that the settings name. Rejects with a sentence for people. */
export function openEventLog(config: Config, options: OpenOptions): Promise<EventLog> {
  if (config.kafkaBrokers !== undefined) return openOnKafka(config, options)
  return connectEventLog({ socketPath: config.logSocket, ...options }).catch((error: unknown) => {
    if (!(error instanceof EventLogError) || error.code !== 'unavailable') throw error
    const where = `no event log answers at ${config.logSocket}`
    const hint = "'vestibule log' starts it, 'vestibule up' starts everything"
    throw new EventLogError('unavailable', `${where}: ${hint}`, error)
  })
}

/** Imported here, so that the embedded log is without Kafka's libraries. */
async function openOnKafka(config: Config, options: OpenOptions): Promise<EventLog> {
  const { kafkaConnection } = await import('./kafka/settings.ts')
  const { hintFor, whyUnreachable } = await import('./kafka/reach.ts')
  const connection = kafkaConnection(config, options.unavailableAfterMs)
  const fault = await whyUnreachable(connection)
  if (fault !== undefined) throw new EventLogError('unavailable', fault)
  const { openKafkaLog } = await import('./kafka/kafka-log.ts')
  const { PlatformaticClient } = await import('./kafka/platformatic/platformatic-client.ts')
  const client = new PlatformaticClient(connection)
  return openKafkaLog(client, config.kafkaPrefix).catch((error: unknown) => {
    if (!(error instanceof EventLogError) || error.code !== 'unavailable') throw error
    const where = `Kafka at ${config.kafkaBrokers ?? ''} does not serve: ${error.message}`
    throw new EventLogError('unavailable', `${where}${hintFor(connection, error.message)}`, error)
  })
}

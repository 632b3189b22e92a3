import { type Config } from '../../lib/config.ts'
import { EventLogError, type EventLog } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { connectEventLog } from './connect.ts'

export interface OpenOptions {
  readonly logger: Logger
  /** How long to wait for an owner that is away; default 30 s. */
  readonly unavailableAfterMs?: number
}

/** The event log that the settings name. Rejects with a sentence for people. */
export function openEventLog(config: Config, options: OpenOptions): Promise<EventLog> {
  if (config.kafkaBrokers !== undefined) {
    const message =
      'VESTIBULE_KAFKA_BROKERS is set, but this version has only the embedded event log: unset it'
    return Promise.reject(new Error(message))
  }
  return connectEventLog({ socketPath: config.logSocket, ...options }).catch((error: unknown) => {
    if (!(error instanceof EventLogError) || error.code !== 'unavailable') throw error
    const where = `no event log answers at ${config.logSocket}`
    const hint = "'vestibule log' starts it, 'vestibule up' starts everything"
    throw new EventLogError('unavailable', `${where}: ${hint}`, error)
  })
}

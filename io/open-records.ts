import { type Codec } from '../lib/codec/codec.ts'
import { confluentCodec } from '../lib/codec/confluent.ts'
import { eitherCodec } from '../lib/codec/either-codec.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { type Config } from '../lib/config.ts'
import { type EventLog } from '../lib/event-log.ts'
import { openEventLog, type OpenOptions } from './event-log/open.ts'
import { learningLog } from './schema-registry/learning-log.ts'
import { openSchemas } from './schema-registry/open.ts'
import { sleep } from './sleep.ts'

/** The event log and what reads and writes its values. */
export interface Records {
  readonly log: EventLog
  readonly codec: Codec
}

const PATIENCE_MS = 30_000

/**
 * The event log that the settings name, its values in Confluent's wire format where they name a schema registry,
 * else in Avro single-object encoding. What is on the topics in either is read. Rejects with a sentence for people.
 */
export async function openRecords(config: Config, options: OpenOptions): Promise<Records> {
  const log = await openEventLog(config, options)
  try {
    const schemas = await openSchemas(config, options.unavailableAfterMs ?? PATIENCE_MS)
    if (schemas === undefined) return { log, codec: singleObjectCodec() }
    return {
      log: learningLog(log, { schemas, logger: options.logger, sleep }),
      codec: eitherCodec(confluentCodec(schemas), singleObjectCodec()),
    }
  } catch (error) {
    await log.close()
    throw error
  }
}

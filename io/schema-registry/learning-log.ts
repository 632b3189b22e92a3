import { type EventLog, type StoredRecord } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { SchemaRegistryError } from './client.ts'
import { type LearnedSchemas } from './registered-schemas.ts'

const MAGIC = 0
const HEADER = 5
const RETRY_MS = [100, 250, 500, 1_000, 2_000, 5_000] as const

export interface LearningPorts {
  readonly schemas: Pick<LearnedSchemas, 'learn' | 'isSettled'>
  readonly logger: Logger
  /** Resolves after that time, or as soon as the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * An event log that knows the schema ids of a batch before it gives it: a codec reads without waiting, and while
 * services are upgraded one by one, records come whose schema was not registered when this one started. As long
 * as the registry cannot say, the batch waits.
 */
export function learningLog(log: EventLog, ports: LearningPorts): EventLog {
  return {
    globalOrder: log.globalOrder,
    append: (topic, records, fence) => log.append(topic, records, fence),
    async *consume(options) {
      for await (const batch of log.consume(options)) {
        if (!(await learned(ports, batch.records, options.signal))) return
        yield batch
      }
    },
    async *follow(options) {
      for await (const batch of log.follow(options)) {
        if (!(await learned(ports, batch.records, options.signal))) return
        yield batch
      }
    },
    ends: (topic) => log.ends(topic),
    committed: (group, topic) => log.committed(group, topic),
    close: () => log.close(),
  }
}

/** False when the signal aborted before all were known. */
async function learned(
  { schemas, logger, sleep }: LearningPorts,
  records: readonly StoredRecord[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const { value } of records) {
    const id = value === null ? undefined : schemaId(value)
    if (id === undefined || schemas.isSettled(id)) continue
    for (let attempt = 0; ; attempt += 1) {
      if (signal.aborted) return false
      try {
        await schemas.learn(id)
        break
      } catch (error) {
        if (!(error instanceof SchemaRegistryError)) throw error
        if (attempt === 0)
          logger.warn('records wait for the schema registry', { why: error.message })
        await sleep(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 0, signal)
      }
    }
  }
  return true
}

/** Of a value in Confluent's wire format. */
function schemaId(value: Uint8Array): number | undefined {
  if (value.length < HEADER || value[0] !== MAGIC) return undefined
  return new DataView(value.buffer, value.byteOffset).getUint32(1)
}

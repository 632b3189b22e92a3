import { connectClickHouse } from '../io/clickhouse/connect.ts'
import { avroInserter } from '../io/clickhouse/insert-avro.ts'
import { migratePersistently } from '../io/clickhouse/migrate-persistently.ts'
import { openEventLog } from '../io/event-log/open.ts'
import { createLogger } from '../io/log.ts'
import { createMetrics } from '../io/metrics.ts'
import { serveMetrics } from '../io/metrics-server.ts'
import { sleep } from '../io/sleep.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { type Config } from '../lib/config.ts'
import { runSinks } from './run-sinks.ts'

/** The sinks: every topic into its ClickHouse table, from the first start on. */
export async function main(config: Config, signal: AbortSignal): Promise<void> {
  const logger = createLogger('sinks')
  const metrics = createMetrics()
  const client = connectClickHouse(config)
  const log = await openEventLog(config, { logger })
  await serveMetrics(config.metricsPort, () => metrics.text(), signal)
  try {
    await migratePersistently({ client, config, logger, sleep }, signal)
    await runSinks(
      {
        log,
        codec: singleObjectCodec(),
        insert: avroInserter(client),
        sleep,
        now: Date.now,
        site: config.site,
        metrics,
        logger,
      },
      signal,
    )
  } finally {
    await log.close()
    await client.close()
  }
}

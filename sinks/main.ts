import { openAlerts } from '../io/alerts/open-alerts.ts'
import { connectClickHouse } from '../io/clickhouse/connect.ts'
import { eraserOf } from '../io/clickhouse/erase.ts'
import { avroInserter } from '../io/clickhouse/insert-avro.ts'
import { migratePersistently } from '../io/clickhouse/migrate-persistently.ts'
import { createLogger } from '../io/log.ts'
import { createMetrics } from '../io/metrics.ts'
import { serveMetrics } from '../io/metrics-server.ts'
import { openRecords } from '../io/open-records.ts'
import { sleep } from '../io/sleep.ts'
import { type Config } from '../lib/config.ts'
import { tellAlerts } from './alerts/tell-alerts.ts'
import { runErasures } from './erasures/run-erasures.ts'
import { runSinks } from './run-sinks.ts'

/** The sinks: every topic into its ClickHouse table, from the first start on, and alerts to whom the policy names. */
export async function main(config: Config, signal: AbortSignal): Promise<void> {
  const logger = createLogger('sinks')
  const metrics = createMetrics()
  const client = connectClickHouse(config)
  const { log, codec } = await openRecords(config, { logger })
  await serveMetrics(config, () => metrics.text(), signal)
  const shared = { log, codec, metrics, logger }
  const alerts = openAlerts(config, shared)
  const { site } = config
  const insert = avroInserter(client)
  try {
    await Promise.all([
      // Nobody waits for ClickHouse to be told of an alert.
      tellAlerts(alerts, signal),
      migratePersistently({ client, config, logger, sleep }, signal).then(() =>
        Promise.all([
          runSinks({ ...shared, insert, sleep, now: Date.now, site }, signal),
          runErasures({ ...shared, erase: eraserOf(client), sleep }, signal),
        ]),
      ),
    ])
  } finally {
    alerts.close()
    await log.close()
    await client.close()
  }
}

import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client'
import { type Config } from '../../lib/config.ts'
import { type Logger } from '../../lib/logger.ts'
import { migrate, MigrationError } from './migrate.ts'

const WAIT_MS = 1_000

interface Ports {
  readonly client: ClickHouseClient
  readonly config: Config
  readonly logger: Logger
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/**
 * Migrates as soon as ClickHouse answers, and waits for it as long as it does not. A migration that
 * ClickHouse refuses is thrown: waiting would not mend it. Returns without having migrated on abort.
 */
export async function migratePersistently(ports: Ports, signal: AbortSignal): Promise<void> {
  let told = false
  while (!signal.aborted) {
    try {
      const done = await migrate(ports.client, ports.config)
      if (done.length > 0) ports.logger.info('migrations applied', { migrations: done })
      return
    } catch (error) {
      if (error instanceof MigrationError || error instanceof ClickHouseError) throw error
      if (!told)
        ports.logger.warn('waiting for ClickHouse', { url: ports.config.clickhouseUrl, error })
      told = true
    }
    await ports.sleep(WAIT_MS, signal)
  }
}

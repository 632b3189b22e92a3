import { createLogger } from '../io/log.ts'
import { createMetrics } from '../io/metrics.ts'
import { serveMetrics } from '../io/metrics-server.ts'
import { openRecords } from '../io/open-records.ts'
import { openAddresses } from '../io/privacy.ts'
import { sleep } from '../io/sleep.ts'
import { type Config } from '../lib/config.ts'
import { DEFAULT_LIMITS } from './client-fold/client-fold.ts'
import { clientProcessor } from './client-fold/client-processor.ts'
import { MOST_HABITS } from './habit-fold/habit-fold.ts'
import { habitProcessor } from './habit-fold/habit-processor.ts'
import { populationProcessor } from './population-fold/population-processor.ts'
import { serverProcessor } from './server-fold/server-processor.ts'
import { siteProcessor } from './site-fold/site-processor.ts'
import { runProcessor, type ProcessorPorts } from './run.ts'

/** The processors' service: the folds in one process, each in its own group, until the signal aborts. */
export async function main(config: Config, signal: AbortSignal): Promise<void> {
  const logger = createLogger('processors')
  const { log, codec } = await openRecords(config, { logger })
  const metrics = createMetrics({ process: true })
  const ports: ProcessorPorts = { log, codec, metrics, logger, now: Date.now, sleep }
  // One that ends ends the other: half a service would look alive.
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const folds = [
    clientProcessor(codec, DEFAULT_LIMITS, openAddresses(config)),
    populationProcessor(),
    habitProcessor(codec, MOST_HABITS, openAddresses(config)),
    serverProcessor(),
    siteProcessor(),
  ]
  try {
    await serveMetrics(config, () => metrics.text(), both)
    await Promise.all(
      folds.map((fold) =>
        runProcessor(ports, fold, both).finally(() => {
          stop.abort()
        }),
      ),
    )
  } finally {
    await log.close()
  }
}

import { startLogOwner, type LogOwnerOptions } from '../../../io/event-log/owner.ts'
import { SILENT } from '../../../lib/logger.ts'
import { NO_METRICS } from '../../../lib/metrics.ts'

/** The owner as a process of its own. Argument: options as JSON. Says `ready` when it is. */
const stop = new AbortController()
process.on('SIGTERM', () => {
  stop.abort()
})
const given = JSON.parse(process.argv[2] ?? '{}') as Pick<LogOwnerOptions, 'dataDir' | 'socketPath'>
const owner = await startLogOwner({
  fsync: 'process',
  tidyEveryMs: 20,
  reserveBytes: 0,
  compaction: { lagMs: 0, tombstoneMs: 0 },
  ...given,
  logger: SILENT,
  metrics: NO_METRICS,
  signal: stop.signal,
})
process.stdout.write('ready\n')
await owner.closed
process.exit(0)

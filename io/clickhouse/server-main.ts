/**
 * The embedded ClickHouse as a process of its own. Says `{"kind":"ready","port":N}` on standard output
 * when it answers. Start it with SERVER_ENVIRONMENT.
 */
import { readConfig } from '../../lib/config.ts'
import { createLogger } from '../log.ts'
import { openSecrets } from '../secrets.ts'
import { firstToGo } from './first-to-go.ts'
import { startClickHouseServer } from './server.ts'

const logger = createLogger('clickhouse')
const read = readConfig(process.env)
if (read.kind === 'fault') {
  logger.error(read.message)
  process.exit(2)
}
const { config } = read
const url = new URL(config.clickhouseUrl)
firstToGo()
const stop = new AbortController()
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
  process.once(event, () => {
    stop.abort()
    // The engine cannot be closed under a query that runs on: SIGKILL loses nothing acknowledged.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5_000).unref()
  })
}
try {
  const password = config.clickhousePassword ?? openSecrets(config.dataDir).clickhousePassword
  const server = await startClickHouseServer({
    dataDir: config.dataDir,
    host: url.hostname,
    port: Number(url.port),
    accounts: [
      { name: 'default', password: '', role: 'read' },
      { name: config.clickhouseUser, password, role: 'write' },
    ],
    logger,
    signal: stop.signal,
    // A port below 1024 is root's to open, and it is opened last.
    dropPrivileges: Number(url.port) === 0 || Number(url.port) >= 1024,
  })
  process.stdout.write(`${JSON.stringify({ kind: 'ready', port: server.port })}\n`)
  // process.exit would wait for the query; nothing acknowledged is lost by ending it so.
  if ((await server.closed) === 'running') process.kill(process.pid, 'SIGKILL')
} catch (error) {
  logger.error(
    `embedded ClickHouse cannot run: ${error instanceof Error ? error.message : 'unknown'}`,
  )
  process.exit(1)
}
process.exit(0)

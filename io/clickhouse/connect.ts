import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { type Config } from '../../lib/config.ts'
import { openSecrets } from '../secrets.ts'

/** A client of the history that may write: embedded (password from the secrets file) or any other server. */
export function connectClickHouse(config: Config): ClickHouseClient {
  return createClient({
    url: config.clickhouseUrl,
    username: config.clickhouseUser,
    password: config.clickhousePassword ?? openSecrets(config.dataDir).clickhousePassword,
    max_open_connections: 16,
    request_timeout: 120_000,
    keep_alive: { idle_socket_ttl: 1_500 },
    log: { level: ClickHouseLogLevel.OFF },
  })
}

import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { type Config } from '../lib/config.ts'

/** A reader of history: the account without a password may only select. */
export function historyClient(config: Config): ClickHouseClient {
  const password = process.env['VESTIBULE_CLICKHOUSE_PASSWORD']
  return createClient({
    url: config.clickhouseUrl,
    database: 'vestibule',
    request_timeout: 15_000,
    log: { level: ClickHouseLogLevel.OFF },
    ...(password === undefined ? {} : { username: config.clickhouseUser, password }),
  })
}

/** Rows of a query as plain objects. Throws a sentence for people when ClickHouse cannot be asked. */
export async function rowsOf(
  client: ClickHouseClient,
  query: string,
  params: Record<string, unknown> = {},
): Promise<readonly Record<string, unknown>[]> {
  try {
    const result = await client.query({ query, query_params: params, format: 'JSONEachRow' })
    return await result.json<Record<string, unknown>>()
  } catch (error) {
    const why = error instanceof Error && error.message !== '' ? error.message : 'no answer'
    throw new Error(
      `history cannot be read (${why.split('\n')[0] ?? ''}): is ClickHouse running? 'vestibule up' starts one, VESTIBULE_CLICKHOUSE_URL names another`,
      { cause: error },
    )
  }
}

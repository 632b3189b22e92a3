import { ClickHouseException } from './exception.ts'

/** What the address of a request says about its query. */
export interface QueryRequest {
  readonly query: string
  readonly database: string | undefined
  readonly defaultFormat: string
  readonly queryId: string | undefined
  /** `param_x`, as sent: escaped as a TSV value, which the engine undoes. */
  readonly params: ReadonlyMap<string, string>
  readonly settings: ReadonlyMap<string, string>
  readonly compressible: boolean
}

/** Parameters that are the protocol's, not settings of the engine. */
const PROTOCOL = new Set([
  'query',
  'database',
  'default_format',
  'user',
  'password',
  'query_id',
  'session_id',
  'session_timeout',
  'session_check',
  'compress',
  'enable_http_compression',
  'http_zlib_compression_level',
  'wait_end_of_query',
  'buffer_size',
  'quota_key',
  'stacktrace',
  'client_protocol_version',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'http_write_exception_in_output_format',
  'add_http_cors_header',
  // Always as at 0: a row is durable before its INSERT is answered.
  'async_insert',
  'wait_for_async_insert',
])
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
const MAX_PARAMETERS = 512

/** Splits the address of a request. Throws what ClickHouse throws for what cannot be honoured. */
export function readQueryRequest(
  url: URLSearchParams,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): QueryRequest {
  const params = new Map<string, string>()
  const settings = new Map<string, string>()
  let count = 0
  for (const [name, value] of url) {
    count += 1
    if (count > MAX_PARAMETERS || !NAME.test(name)) throw unknownSetting(name)
    if (name.startsWith('param_')) params.set(name, value)
    else if (!PROTOCOL.has(name)) settings.set(name, value)
  }
  if (url.get('compress') === '1' || url.get('decompress') === '1') throw ownCompression()
  if (url.has('role'))
    throw new ClickHouseException(511, 'UNKNOWN_ROLE', 'There are no roles here.')
  settings.delete('decompress')
  return {
    query: url.get('query') ?? '',
    database: url.get('database') ?? single(headers['x-clickhouse-database']),
    defaultFormat:
      url.get('default_format') ?? single(headers['x-clickhouse-format']) ?? 'TabSeparated',
    queryId: url.get('query_id') ?? undefined,
    params,
    settings,
    compressible: url.get('enable_http_compression') === '1',
  }
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

function unknownSetting(name: string): ClickHouseException {
  return new ClickHouseException(115, 'UNKNOWN_SETTING', `Unknown setting '${name.slice(0, 64)}'.`)
}

function ownCompression(): ClickHouseException {
  return new ClickHouseException(
    48,
    'NOT_IMPLEMENTED',
    "ClickHouse's own block compression is not spoken here: use HTTP compression (enable_http_compression=1).",
  )
}

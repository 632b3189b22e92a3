import { randomUUID } from 'node:crypto'
import { type AnswerPipes } from './answer-pipes.ts'
import { type Engine, type EngineConnection, type EngineResult } from './engine.ts'
import { MAX_RESULT_BYTES, READ_ROLE } from './engine-config.ts'
import { ClickHouseException, exceptionOf } from './exception.ts'
import { type QueryRequest } from './query-request.ts'
import { canonicalQuery, judge, readRefusal, type ReadRules } from './read-guard.ts'
import { quoteIdentifier, quoteString } from './sql-text.ts'
import { runPiped, type Answer } from './run-piped.ts'
import { formatOf, withoutEnd } from './statement.ts'

export interface QueryLimits {
  readonly executionSeconds: number
  readonly memoryBytes: number
  readonly resultBytes: number
}

export const READ_LIMITS: QueryLimits = {
  executionSeconds: 30,
  memoryBytes: 300_000_000,
  resultBytes: MAX_RESULT_BYTES,
}

const WRITE_SECONDS = 300

/** Settings a reader may change: how the answer is written, and limits downwards. */
const READER_SETTINGS = new Set([
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_denormals',
  'output_format_json_quote_decimals',
  'output_format_json_named_tuples_as_objects',
  'output_format_write_statistics',
  'output_format_tsv_crlf_end_of_line',
  'date_time_output_format',
  'date_time_input_format',
  'join_use_nulls',
  'max_block_size',
  'max_result_rows',
  'result_overflow_mode',
  'session_timezone',
  'extremes',
  'final',
  'max_execution_time',
])
/** Sent by many tools with every query; the read role is stricter than any of them. */
const IGNORED_OF_READERS = new Set(['readonly', 'max_result_bytes', 'max_memory_usage'])

/** Runs one query on a connection of its own, which is gone afterwards: nothing can leak. */
export interface QueryRunner {
  read(request: QueryRequest, sql: string, signal: AbortSignal): Promise<Answer>
  write(request: QueryRequest, sql: string, signal: AbortSignal): Promise<Answer>
}

export function createQueryRunner(
  engine: Engine,
  rules: ReadRules,
  pipes: AnswerPipes,
): QueryRunner {
  async function withConnection<T>(use: (connection: EngineConnection) => Promise<T>): Promise<T> {
    const connection = engine.connect()
    try {
      return await use(connection)
    } finally {
      connection.close()
    }
  }

  /** The only thing that stops a query that runs: the engine knows it by the comment at its end. */
  async function cancel(mark: string): Promise<void> {
    await withConnection((connection) =>
      connection.run(
        `KILL QUERY WHERE endsWith(query, ${quoteString(`/*${mark}*/`)}) AND query NOT LIKE 'KILL%' ASYNC`,
        'Null',
      ),
    )
  }

  async function run(
    connection: EngineConnection,
    request: QueryRequest,
    sql: string,
    signal: AbortSignal,
  ): Promise<EngineResult> {
    const mark = randomUUID()
    const stop = (): void => void cancel(mark).catch(() => undefined)
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await connection.run(`${withoutEnd(sql)}\n/*${mark}*/`, request.defaultFormat)
    } catch (error) {
      throw withoutMark(error, mark)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    write: (request, sql, signal) =>
      withConnection(async (connection) => {
        await connection.run(writerSetup(request), 'Null')
        const result = await run(connection, request, sql, signal)
        return { ...result, format: formatOf(sql)?.name ?? request.defaultFormat }
      }),
    read: (request, sql, signal) =>
      withConnection(async (connection) => {
        await connection.run(readerSetup(request), 'Null')
        const printed = await connection.run(canonicalQuery(sql), 'RawBLOB').catch(asSyntaxError)
        const canonical = Buffer.from(printed.bytes).toString()
        const verdict = judge(canonical, rules)
        if (verdict.kind === 'refuse') throw readRefusal(verdict.reason)
        return runPiped(pipes, canonical, request.defaultFormat, (piped) =>
          run(connection, request, piped, signal),
        )
      }),
  }
}

function writerSetup(request: QueryRequest): string {
  const settings = [...request.settings].map(([name, value]) => setting(name, value))
  return [
    setting('max_execution_time', String(WRITE_SECONDS)),
    ...common(request),
    ...settings,
  ].join(';')
}

function readerSetup(request: QueryRequest): string {
  if (!['vestibule', 'default', undefined].includes(request.database)) {
    throw readRefusal(`the database ${String(request.database).slice(0, 64)}`)
  }
  const settings = [...request.settings].filter(([name]) => !IGNORED_OF_READERS.has(name))
  for (const [name] of settings) {
    if (!READER_SETTINGS.has(name)) {
      throw new ClickHouseException(164, 'READONLY', `The read role may not set ${name}.`)
    }
  }
  return [
    ...common({ ...request, database: 'vestibule' }),
    setting('max_memory_usage', String(READ_LIMITS.memoryBytes)),
    setting('max_result_bytes', String(READ_LIMITS.resultBytes)),
    ...settings.map(([name, value]) => setting(name, clamped(name, value))),
    ...(request.settings.has('max_execution_time')
      ? []
      : [setting('max_execution_time', String(READ_LIMITS.executionSeconds))]),
    // Parquet is made up by groups of rows, outside of what a query's memory counts: small ones, one at a time.
    setting('output_format_parquet_row_group_size', '10000'),
    setting('output_format_parquet_row_group_size_bytes', '8000000'),
    setting('output_format_parquet_parallel_encoding', '0'),
    ...READ_ROLE,
  ].join(';')
}

/** A reader's time limit may only be shorter than the server's; 0 would mean none. */
function clamped(name: string, value: string): string {
  if (name !== 'max_execution_time') return value
  const seconds = Number(value)
  return seconds > 0 && seconds < READ_LIMITS.executionSeconds
    ? value
    : String(READ_LIMITS.executionSeconds)
}

function common(request: QueryRequest): string[] {
  return [
    ...(request.database === undefined ? [] : [`USE ${quoteIdentifier(request.database)}`]),
    ...[...request.params].map(([name, value]) => setting(name, value)),
  ]
}

function setting(name: string, value: string): string {
  return `SET ${name} = ${quoteString(value)}`
}

function asSyntaxError(error: unknown): never {
  const { code, type, message } = exceptionOf(error)
  throw new ClickHouseException(code, type, message.replace(/: In scope SELECT format[^]*$/, ''))
}

function withoutMark(error: unknown, mark: string): ClickHouseException {
  const { code, type, message } = exceptionOf(error)
  return new ClickHouseException(code, type, message.replaceAll(`/*${mark}*/`, '').trim())
}

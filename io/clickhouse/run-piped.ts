import { type AnswerPipe, type AnswerPipes } from './answer-pipes.ts'
import { type EngineResult } from './engine.ts'
import { MAX_RESULT_BYTES } from './engine-config.ts'
import { ClickHouseException, exceptionOf } from './exception.ts'
import { quoteString } from './sql-text.ts'
import { formatOf, intoFile } from './statement.ts'

/** What a query gave, and in which format. */
export interface Answer extends EngineResult {
  readonly format: string
}

/** Formats that begin to be written when the last row is there: until then they grow, and are not counted. */
const MADE_UP_WHOLE = /^JSON(?:Compact)?Columns/i

/**
 * Runs a stranger's query so that its answer is not made up in the engine's memory. `defaultFormat`: of a
 * query that names none. Throws 396 when the answer is too long.
 */
export async function runPiped(
  pipes: AnswerPipes,
  sql: string,
  defaultFormat: string,
  run: (sql: string) => Promise<EngineResult>,
): Promise<Answer> {
  const format = formatOf(sql)?.name ?? defaultFormat
  if (MADE_UP_WHOLE.test(format)) throw noSuchFormat(format)
  const pipe = pipes.open()
  try {
    const result = await run(intoFile(sql, pipe.path, format))
    const bytes = await pipe.bytes()
    if (pipe.overflowed()) throw tooLong()
    return { ...result, bytes, format }
  } catch (error) {
    throw pipe.overflowed() ? tooLong() : withoutPath(error, pipe)
  } finally {
    pipe.close()
  }
}

function noSuchFormat(format: string): ClickHouseException {
  return new ClickHouseException(
    73,
    'UNKNOWN_FORMAT',
    `The read role may not use the format ${format.slice(0, 40)}, whose answers are made up whole in memory: JSON, JSONCompact and JSONEachRow are given as they come.`,
  )
}

function tooLong(): ClickHouseException {
  return new ClickHouseException(
    396,
    'TOO_MANY_ROWS_OR_BYTES',
    `Limit for result exceeded: an answer to the read role has at most ${MAX_RESULT_BYTES} bytes, fewer while others are under way. Ask for fewer rows or columns.`,
  )
}

/** Where the answer was to go is nobody's business. */
function withoutPath(error: unknown, { path }: AnswerPipe): ClickHouseException {
  const { code, type, message } = exceptionOf(error)
  const outfile = ` INTO OUTFILE ${quoteString(path)} APPEND`
  return new ClickHouseException(code, type, message.replaceAll(outfile, '').replaceAll(path, ''))
}

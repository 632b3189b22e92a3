import { type IncomingMessage, type ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, gzip, zstdCompress } from 'node:zlib'
import { statusOf, type ClickHouseException } from './exception.ts'
import { type Answer } from './run-piped.ts'

const CONTENT_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(?:JSONEachRow|JSONCompactEachRow|JSONLines|NDJSON)/i, 'application/x-ndjson; charset=UTF-8'],
  [/^(?:Pretty)?JSON/i, 'application/json; charset=UTF-8'],
  [/^(?:TSV|TabSeparated)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSV/i, 'text/csv; charset=UTF-8'],
  [
    /^(?:Pretty|Vertical|Values|Markdown|LineAsString|TSKV|SQLInsert|XML)/i,
    'text/plain; charset=UTF-8',
  ],
]

const ENCODERS = [
  ['zstd', promisify(zstdCompress)],
  ['gzip', promisify(gzip)],
  ['br', promisify(brotliCompress)],
] as const

/** Sends what a query gave, compressed when the request asked for it. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  options: {
    readonly inserted: boolean
    readonly encoding: string
    readonly compressible: boolean
  },
): Promise<void> {
  response.setHeader('X-ClickHouse-Format', answer.format)
  response.setHeader('X-ClickHouse-Summary', summaryOf(answer, options.inserted))
  response.setHeader('X-ClickHouse-Exception-Tag', 'none')
  response.setHeader('Content-Type', contentTypeOf(answer.format))
  const encoder = options.compressible ? encoderFor(options.encoding) : undefined
  if (encoder === undefined) {
    response.end(answer.bytes)
    return
  }
  const [name, encode] = encoder
  const packed = await encode(answer.bytes)
  response.setHeader('Content-Encoding', name)
  response.end(packed)
}

/** Sends an error as ClickHouse does: code in a header, text in the body. */
export function sendException(response: ServerResponse, exception: ClickHouseException): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.statusCode = statusOf(exception)
  response.removeHeader('Content-Encoding')
  response.setHeader('X-ClickHouse-Exception-Code', String(exception.code))
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
  // What was not read of the request would be taken for the next one.
  response.setHeader('Connection', 'close')
  response.end(exception.text)
}

/** What the engine counted. It does not say how many rows a SELECT gave, so that is not claimed. */
function summaryOf(answer: Answer, inserted: boolean): string {
  const rows = String(answer.rowsRead)
  const bytes = String(answer.bytesRead)
  return JSON.stringify({
    read_rows: rows,
    read_bytes: bytes,
    written_rows: inserted ? rows : '0',
    written_bytes: inserted ? bytes : '0',
    total_rows_to_read: '0',
    elapsed_ns: String(Math.round(answer.elapsed * 1e9)),
  })
}

function contentTypeOf(format: string): string {
  return CONTENT_TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'application/octet-stream'
}

function encoderFor(accepted: string): (typeof ENCODERS)[number] | undefined {
  const names = accepted
    .toLowerCase()
    .split(',')
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
    .map((part) => part.replace(/;.*$/, '').trim())
  return ENCODERS.find(([name]) => names.includes(name))
}

/** The header's text, or nothing. */
export function acceptedEncoding(request: IncomingMessage): string {
  return request.headers['accept-encoding'] ?? ''
}

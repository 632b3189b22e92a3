import { randomUUID } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type Account } from './account.ts'
import { type Admission } from './admission.ts'
import { acceptedEncoding, sendAnswer } from './answer.ts'
import { ClickHouseException } from './exception.ts'
import { type QueryRunner } from './query-runner.ts'
import { type Answer } from './run-piped.ts'
import { readQueryRequest, type QueryRequest } from './query-request.ts'
import { bodyOf, spool, takeFront } from './request-body.ts'
import { insertFromFile, insertHead, type InsertHead } from './statement.ts'

export interface QueryPorts {
  readonly runner: QueryRunner
  readonly admission: Record<Account['role'], Admission>
  readonly spoolDir: string
  readonly maxBodyBytes: number
}

/** Text of a query without its rows; ClickHouse's own default is a quarter of it. */
const MAX_QUERY = 1024 * 1024
/** Within these an INSERT must say which format its rows have. */
const INSERT_HEAD = 64 * 1024

/** Answers one query. Throws what the client is to be told as a ClickHouse error. */
export async function handleQuery(
  ports: QueryPorts,
  account: Account,
  url: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const query = readQueryRequest(url, request.headers)
  response.setHeader('X-ClickHouse-Query-Id', safeHeader(query.queryId ?? randomUUID()))
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const leave = await ports.admission[account.role].enter()
  try {
    const body = bodyOf(request, ports.maxBodyBytes)
    const { answer, inserted } = await answerOf(ports, account, query, body, gone.signal)
    await sendAnswer(response, answer, {
      inserted,
      encoding: acceptedEncoding(request),
      compressible: query.compressible,
    })
  } finally {
    leave()
  }
}

async function answerOf(
  ports: QueryPorts,
  account: Account,
  query: QueryRequest,
  body: AsyncGenerator<Buffer>,
  signal: AbortSignal,
): Promise<{ readonly answer: Answer; readonly inserted: boolean }> {
  const front = Buffer.concat([
    Buffer.from(query.query),
    query.query === '' ? await takeFront(body, INSERT_HEAD) : Buffer.alloc(0),
  ])
  // One character per byte, so that a place in the text is a place in the bytes.
  const head = insertHead(front.toString('latin1', 0, INSERT_HEAD))
  if (head !== undefined && account.role === 'write') {
    return { answer: await insert(ports, query, head, front, body, signal), inserted: true }
  }
  const text = Buffer.concat([front, await takeFront(body, MAX_QUERY)])
  if (text.length > MAX_QUERY) throw tooLong()
  const sql = text.toString()
  if (sql.trim() === '') throw new ClickHouseException(62, 'SYNTAX_ERROR', 'Empty query.')
  const inserted = /^\s*INSERT\b/i.test(sql)
  return { answer: await ports.runner[account.role](query, sql, signal), inserted }
}

/** Rows are never read as text here: they go through a file, which the engine reads in their format. */
async function insert(
  ports: QueryPorts,
  query: QueryRequest,
  head: InsertHead,
  front: Buffer,
  body: AsyncGenerator<Buffer>,
  signal: AbortSignal,
): Promise<Answer> {
  const file = join(ports.spoolDir, randomUUID())
  await spool(front.subarray(head.dataStart), body, file)
  try {
    const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString()
    const named = { ...head, target: utf8(head.target), settings: utf8(head.settings) }
    return await ports.runner.write(query, insertFromFile(named, file), signal)
  } finally {
    await unlink(file).catch(() => undefined)
  }
}

function safeHeader(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, 256)
}

function tooLong(): ClickHouseException {
  return new ClickHouseException(
    62,
    'SYNTAX_ERROR',
    `Max query size exceeded: a query may have ${MAX_QUERY} bytes.`,
  )
}

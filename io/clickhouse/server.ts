import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as setTimeoutAsync } from 'node:timers/promises'
import { type Logger } from '../../lib/logger.ts'
import { authenticate, type Account } from './account.ts'
import { createAdmission } from './admission.ts'
import { sendException } from './answer.ts'
import { dropPrivileges } from './drop-privileges.ts'
import { loadEngine, type Engine } from './engine.ts'
import { createAnswerPipes } from './answer-pipes.ts'
import { engineArguments, MAX_RESULT_BYTES } from './engine-config.ts'
import { ClickHouseException, exceptionOf } from './exception.ts'
import { handleQuery, type QueryPorts } from './handle-query.ts'
import { createQueryRunner } from './query-runner.ts'
import { readRulesOf } from './read-role.ts'

export interface ClickHouseServerOptions {
  /** Folder below which the engine keeps everything. */
  readonly dataDir: string
  /** 0: any free port. */
  readonly port: number
  readonly host: string
  readonly accounts: readonly Account[]
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Bytes of one request after unpacking; default 512 MiB. */
  readonly maxBodyBytes?: number
  /** Gives up root for good, for the whole process. */
  readonly dropPrivileges?: boolean
}

export interface ClickHouseServer {
  readonly port: number
  /** Resolves when the signal has aborted and all is closed; `running`: a query would not end. */
  readonly closed: Promise<Ending>
}

export type Ending = 'drained' | 'running'

/**
 * Queries at once, per role. Each holds one thread of libuv, so the process wants UV_THREADPOOL_SIZE of at
 * least their sum and four for files and compression: see SERVER_ENVIRONMENT.
 */
const PLACES = { read: 4, write: 8 } as const
const QUEUE = { queue: 256, waitMs: 30_000 } as const
/** Connections of a closing server that do not end by themselves are cut after this. */
const GRACE_MS = 1_500
/** How long cancelled queries have to end. */
const CANCEL_MS = 1_000

/** Environment of a process that runs the server. */
export const SERVER_ENVIRONMENT = { UV_THREADPOOL_SIZE: '24' } as const

/**
 * ClickHouse's HTTP interface over the engine in this process: one process owns a data folder, and
 * everyone else, curl and Grafana included, speaks HTTP to it. Throws when the folder is in use or the
 * port is taken.
 */
export async function startClickHouseServer(
  options: ClickHouseServerOptions,
): Promise<ClickHouseServer> {
  const { engine, spoolDir } = openUnprivileged(options)
  const server = createServer({ requestTimeout: 300_000, headersTimeout: 10_000 })
  try {
    const ports = await openPorts(engine, spoolDir, options)
    server.on('request', (request, response) => {
      void respond(ports, options, request, response)
    })
    await listen(server, options)
    const { port } = server.address() as AddressInfo
    return { port, closed: closing(server, engine, ports, options.signal) }
  } catch (error) {
    engine.close()
    throw error
  }
}

/** The engine under a user without rights, if the process is root and it can be done. */
function openUnprivileged(options: ClickHouseServerOptions): {
  readonly engine: Engine
  readonly spoolDir: string
} {
  const { dataDir, logger } = options
  const spoolDir = emptySpool(dataDir)
  const folder = join(dataDir, 'clickhouse')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const args = engineArguments(dataDir)
  const open = loadEngine()
  if (options.dropPrivileges === true) {
    const given = dropPrivileges(dataDir, [folder, spoolDir, join(dataDir, 'clickhouse-config')])
    if (given.kind === 'kept') logger.warn('embedded ClickHouse stays root', { why: given.why })
    if (given.kind === 'dropped') logger.info('embedded ClickHouse gave up root', { ...given })
  }
  return { engine: open(folder, args), spoolDir }
}

async function openPorts(
  engine: Engine,
  spoolDir: string,
  options: ClickHouseServerOptions,
): Promise<QueryPorts> {
  const connection = engine.connect()
  await connection.run('CREATE DATABASE IF NOT EXISTS vestibule', 'Null')
  connection.close()
  const held = { answerBytes: MAX_RESULT_BYTES, heldBytes: 4 * MAX_RESULT_BYTES }
  const pipes = createAnswerPipes(spoolDir, PLACES.read, held)
  return {
    runner: createQueryRunner(engine, await readRulesOf(engine), pipes),
    admission: {
      read: createAdmission({ places: PLACES.read, ...QUEUE }),
      write: createAdmission({ places: PLACES.write, ...QUEUE }),
    },
    spoolDir,
    maxBodyBytes: options.maxBodyBytes ?? 512 * 1024 * 1024,
  }
}

async function respond(
  ports: QueryPorts,
  options: ClickHouseServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('X-ClickHouse-Server-Display-Name', 'vestibule')
    if (isGreeting(request, url)) {
      response.setHeader('Content-Type', 'text/html; charset=UTF-8')
      response.end('Ok.\n')
      return
    }
    if (url.pathname !== '/') {
      response.statusCode = 404
      response.end('There is no handle here: queries go to /, and /ping answers.\n')
      return
    }
    const account = authenticate(request, url.searchParams, options.accounts)
    await handleQuery(ports, account, url.searchParams, request, response)
  } catch (error) {
    if (!(error instanceof ClickHouseException) && isBug(error)) {
      options.logger.error('query failed unexpectedly', { error })
    }
    if (response.destroyed) return
    sendException(response, exceptionOf(error))
  }
}

/** The engine's errors say `Code:`; the client's going away says ECONNRESET. All else is ours. */
function isBug(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true
  if ('code' in error && error.code === 'ECONNRESET') return false
  return !('message' in error && String(error.message).startsWith('Code: '))
}

function isGreeting(request: IncomingMessage, url: URL): boolean {
  if (url.pathname === '/ping' || url.pathname === '/replicas_status') return true
  return request.method !== 'POST' && url.pathname === '/' && url.search === ''
}

function listen(server: Server, options: ClickHouseServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Ends connections, then what still runs: a client that is gone takes its query along. */
async function closing(
  server: Server,
  engine: Engine,
  ports: QueryPorts,
  signal: AbortSignal,
): Promise<Ending> {
  if (!signal.aborted) await once(signal, 'abort')
  const cut = setTimeout(() => {
    server.closeAllConnections()
  }, GRACE_MS)
  const gone = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  await gone
  clearTimeout(cut)
  const running = (): number => ports.admission.read.running() + ports.admission.write.running()
  for (let waited = 0; running() > 0 && waited < CANCEL_MS; waited += 20) await setTimeoutAsync(20)
  // Closing the engine under a query would wait for it.
  if (running() > 0) return 'running'
  engine.close()
  return 'drained'
}

/** A folder for bodies on their way in; what an earlier process left there was never acknowledged. */
function emptySpool(dataDir: string): string {
  const folder = join(dataDir, 'clickhouse-spool')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true })
  return folder
}

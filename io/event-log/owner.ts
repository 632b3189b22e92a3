import { statfsSync } from 'node:fs'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { openDataFolder } from '../data-folder.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { TOPICS, type Topic } from '../../schemas/topics.ts'
import { type CompactionTimes } from './compacted-records.ts'
import { LogServer } from './log-server.ts'
import { SqliteStore } from './sqlite-store.ts'

export interface LogOwnerOptions {
  /** The log lies in `event-log` below it. */
  readonly dataDir: string
  /** Unix socket, at most 107 bytes; readable by this user only. */
  readonly socketPath: string
  /** What an acknowledged record survives: `process` kill -9, `full` power loss too. */
  readonly fsync: 'process' | 'full'
  readonly topics?: Readonly<Record<string, Topic>>
  readonly segmentBytes?: number
  /** All delete topics together; default 16 GiB. */
  readonly maxBytes?: number
  /** Appends are refused as `disk-full` below this much free space; default 32 MiB. */
  readonly reserveBytes?: number
  readonly compaction?: CompactionTimes
  /** Between steps of retention and compaction; default 1 s. */
  readonly tidyEveryMs?: number
  readonly now?: () => number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly signal: AbortSignal
}

export interface LogOwner {
  /** Resolves when everything is closed. */
  readonly closed: Promise<void>
}

const DEFAULTS = {
  topics: TOPICS,
  segmentBytes: 16 * 1024 * 1024,
  maxBytes: 16 * 1024 ** 3,
  reserveBytes: 32 * 1024 * 1024,
  compaction: { lagMs: 60_000, tombstoneMs: 24 * 3_600_000 },
  tidyEveryMs: 1000,
  now: Date.now,
}
/** Heartbeats come every 500 ms; a dead holder is replaced within 5 s. */
const PATIENCE_MS = 3500
const BEAT_MS = 250
const LONGEST_SOCKET_PATH = 107

/**
 * Owns the embedded log: the only process that writes it. Rejects when another process owns it or
 * the socket cannot be opened; closes when the signal aborts.
 */
export async function startLogOwner(given: LogOwnerOptions): Promise<LogOwner> {
  const options = { ...DEFAULTS, ...given }
  const { socketPath, now, logger, metrics, signal } = options
  if (Buffer.byteLength(socketPath) > LONGEST_SOCKET_PATH) {
    throw new Error(`the socket path is longer than ${LONGEST_SOCKET_PATH} bytes: ${socketPath}`)
  }
  openDataFolder(options.dataDir)
  const folder = join(options.dataDir, 'event-log')
  const store = new SqliteStore({ ...options, folder })
  const space = new Space(folder, options.reserveBytes)
  const hasRoom = (): boolean => space.hasRoom
  const log = new LogServer({ store, patienceMs: PATIENCE_MS, hasRoom, now, logger, metrics })
  const server = await listen(log, socketPath).catch((error: unknown) => {
    store.close()
    throw error
  })
  const beat = setInterval(() => {
    space.look()
    log.beat()
  }, BEAT_MS)
  const stopTidying = tidySteadily(store, options)
  const closed = onAbort(signal).then(async () => {
    clearInterval(beat)
    stopTidying()
    server.close()
    log.close()
    store.close()
    await rm(socketPath, { force: true })
  })
  logger.info('event log open', { folder, socketPath, fsync: options.fsync })
  return { closed }
}

async function listen(log: LogServer, path: string): Promise<Server> {
  await mkdir(dirname(path), { recursive: true })
  await rm(path, { force: true })
  const server = createServer((socket) => {
    log.accept(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  return server
}

/** Free space, looked at a few times a second. */
class Space {
  readonly #folder: string
  readonly #reserveBytes: number
  hasRoom = true

  constructor(folder: string, reserveBytes: number) {
    this.#folder = folder
    this.#reserveBytes = reserveBytes
    this.look()
  }

  look(): void {
    const { bavail, bsize } = statfsSync(this.#folder)
    this.hasRoom = bavail * bsize >= this.#reserveBytes
  }
}

interface Tidying {
  readonly tidyEveryMs: number
  readonly now: () => number
  readonly metrics: Metrics
}

/** One bounded step at a time, at once again while there is more to do. */
function tidySteadily(store: SqliteStore, { tidyEveryMs, now, metrics }: Tidying): () => void {
  const BUSY_MS = 5
  const step = (): void => {
    const more = store.tidy(now())
    metrics.gauge('event_log_segment_bytes', store.segmentBytes)
    timer = setTimeout(step, more ? Math.min(BUSY_MS, tidyEveryMs) : tidyEveryMs)
  }
  let timer = setTimeout(step, tidyEveryMs)
  return () => {
    clearTimeout(timer)
  }
}

function onAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => {
      resolve()
    })
  })
}

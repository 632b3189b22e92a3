import { duplexPair } from 'node:stream'
import { type EventLog } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { TOPICS, type Topic } from '../../schemas/topics.ts'
import { clientOf } from './event-log-client.ts'
import { LogServer } from './log-server.ts'
import { MemoryStore } from './memory-store.ts'

export interface MemoryLogOptions {
  readonly topics?: Readonly<Record<string, Topic>>
  readonly maxInFlightBytes?: number
}

/** A log within this process. Each `connect` is a client of its own, as another process would be. */
export interface MemoryLog {
  connect(): EventLog
  /** Compacts now. */
  tidy(): void
}

/** A log shared by several clients of this process, lasting as long as it does. */
export function sharedMemoryLog(options: MemoryLogOptions = {}): MemoryLog {
  const store = new MemoryStore(options.topics ?? TOPICS)
  const server = new LogServer({
    store,
    patienceMs: Infinity,
    hasRoom: () => true,
    now: Date.now,
    logger: SILENT,
    metrics: NO_METRICS,
  })
  return {
    connect: () =>
      clientOf({
        open: () => {
          const [ours, theirs] = duplexPair()
          server.accept(theirs)
          return Promise.resolve(ours)
        },
        unavailableAfterMs: 10_000,
        maxInFlightBytes: options.maxInFlightBytes ?? 64 * 1024 * 1024,
        logger: SILENT,
      }),
    tidy: () => {
      store.tidy()
    },
  }
}

/** An event log in memory with the contract of the others, for unit tests and backtests. */
export function memoryEventLog(options: MemoryLogOptions = {}): EventLog {
  return sharedMemoryLog(options).connect()
}

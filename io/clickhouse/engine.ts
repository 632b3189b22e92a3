import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * The addon below chdb's JavaScript, so that a connection can be closed as soon as its own query has
 * ended: chdb's Session.close waits for every running query of the process, and connections pile up
 * behind one slow query. The version of chdb is pinned because of this.
 */
interface Addon {
  CreateConnection(path: string, args: readonly string[]): object
  CloseConnection(connection: object): void
  QueryAsyncConnection(connection: object, sql: string, format: string): Promise<EngineResult>
}

export interface EngineResult {
  readonly bytes: Uint8Array
  /** Seconds in the engine. */
  readonly elapsed: number
  /** Rows read by a query, or written by an INSERT. */
  readonly rowsRead: number
  readonly bytesRead: number
}

/** One connection: its own settings and parameters, one query at a time. */
export interface EngineConnection {
  run(sql: string, format: string): Promise<EngineResult>
  /** To be called when nothing runs on it. */
  close(): void
}

/** ClickHouse's engine in this process. One data folder per process. */
export interface Engine {
  /** A fresh connection costs about a millisecond and remembers nothing of others. */
  connect(): EngineConnection
  close(): void
}

/** Loads the engine's code: half a gigabyte of it, from files that a process without rights may not reach. */
export function loadEngine(): (path: string, args: readonly string[]) => Engine {
  const addon = loadAddon()
  return (path, args) => openEngine(addon, path, args)
}

/** Opens the engine. Throws when the folder is in use by another process or cannot be read. */
function openEngine(addon: Addon, path: string, args: readonly string[]): Engine {
  // The engine stays up as long as one connection does.
  const keeper = addon.CreateConnection(path, args)
  return {
    connect(): EngineConnection {
      const connection = addon.CreateConnection(path, args)
      return {
        run: (sql, format) => addon.QueryAsyncConnection(connection, sql, format),
        close: () => {
          addon.CloseConnection(connection)
        },
      }
    },
    close: () => {
      addon.CloseConnection(keeper)
    },
  }
}

function loadAddon(): Addon {
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('chdb/package.json'))
  const loader = require(join(folder, 'dist/loader.js')) as { loadNative(): Addon }
  return loader.loadNative()
}

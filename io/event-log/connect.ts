import { connect as connectSocket } from 'node:net'
import { type Duplex } from 'node:stream'
import { type EventLog } from '../../lib/event-log.ts'
import { SILENT, type Logger } from '../../lib/logger.ts'
import { openClient } from './event-log-client.ts'

export interface ConnectOptions {
  /** Unix socket of the owner. */
  readonly socketPath: string
  readonly logger?: Logger
  /** How long the owner may be away before requests fail as `unavailable`; default 30 s. */
  readonly unavailableAfterMs?: number
  /** Bytes of appends sent and not yet durable; default 16 MiB. */
  readonly maxInFlightBytes?: number
}

const UNAVAILABLE_AFTER_MS = 30_000
const MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024

/** The embedded event log. Rejects as `unavailable` when no owner comes in time. */
export function connectEventLog(options: ConnectOptions): Promise<EventLog> {
  return openClient({
    open: () => openSocket(options.socketPath),
    unavailableAfterMs: options.unavailableAfterMs ?? UNAVAILABLE_AFTER_MS,
    maxInFlightBytes: options.maxInFlightBytes ?? MAX_IN_FLIGHT_BYTES,
    logger: options.logger ?? SILENT,
  })
}

function openSocket(path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

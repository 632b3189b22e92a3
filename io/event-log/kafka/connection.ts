import { type ConnectionOptions as TlsOptions } from 'node:tls'

export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512'

export type Compression = 'none' | 'gzip' | 'zstd'

/** How to reach the brokers, and how patient to be. */
export interface KafkaConnection {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls: TlsOptions | undefined
  readonly sasl:
    | { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
    | undefined
  readonly compression: Compression
  /** Requests to brokers that are away fail after this long. */
  readonly unavailableAfterMs: number
}

/** A member that was not heard of for this long is replaced; no less is allowed by a broker's defaults. */
export const SESSION_MS = 6_000
export const HEARTBEAT_MS = 500
/** How long a member may take to let go of what it has in hand. */
export const REBALANCE_MS = 30_000
/** A request is held back by the broker at most as long as a join. */
export const REQUEST_MS = 40_000
/** A fetch without records comes back after this long. */
export const FETCH_WAIT_MS = 500
export const FETCH_BYTES = 8 * 1024 * 1024
export const PARTITION_BYTES = 1024 * 1024
/** A transaction that its writer does not end is undone by the broker after this long. */
export const TRANSACTION_MS = 10_000

/** Waits before the nth try again, milliseconds. */
export function retryDelayMs(attempt: number): number {
  return Math.min(200, 5 * 2 ** Math.min(attempt - 1, 6))
}

/** Tries after which the waits between them come to so much time. */
export function retriesWithin(ms: number): number {
  let tries = 0
  for (let waited = 0; waited < ms; tries += 1) waited += retryDelayMs(tries + 1)
  return Math.max(1, tries)
}

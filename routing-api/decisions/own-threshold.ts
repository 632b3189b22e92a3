import { hash } from 'node:crypto'

/** How the thresholds of clients are spread; from the policy, with a key of the installation. */
export interface Spread {
  /** A client's threshold lies up to this much above the policy's. */
  readonly width: number
  readonly epochMs: number
  /** Instances that answer for one another have the same one. */
  readonly key: string
}

const WORD = 2 ** 32

/**
 * The threshold of one client at one listener: the policy's, or up to `width` above it, never below,
 * for a cap may lie just there. The same for an epoch however often it is asked, so that probing tells
 * a client its own and nobody else's; epochs begin at another time for each client.
 */
export function ownThreshold(
  threshold: number,
  client: string,
  listener: string,
  nowMs: number,
  { width, epochMs, key }: Spread,
): number {
  if (width === 0) return threshold
  const about = `${key}\0${listener}\0${client}`
  const epoch = Math.floor(nowMs / epochMs + unit(`epoch\0${about}`))
  return Math.min(1, threshold + width * unit(`${epoch}\0${about}`))
}

function unit(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 8), 16) / WORD
}

import { type Protocol } from '../population-view.ts'

/**
 * Connections in 10 s an ordinary client may well make: a page load; rsync, git or a deployment over
 * SSH, which open 5 to 20 of them.
 */
const USUAL: Readonly<Record<Protocol, number>> = { tls: 30, ssh: 20 }
const CLIP = 2

/**
 * Burst of connections: log2 of the decayed count (half-life 10 s) over what is usual, as nats in
 * [0, 2]. Rate alone never raises an alarm: crawlers, deployments and health checks are fast as well.
 */
export function connectionRate(protocol: Protocol, inTenSeconds: number): number {
  return Math.min(CLIP, Math.max(0, Math.log2(inTenSeconds / USUAL[protocol])))
}

/** What a gate is busy with. */
export interface GateBusyness {
  readonly connections: number
  readonly mostConnections: number
  readonly halfOpen: number
  readonly mostHalfOpen: number
  /** Share of the last second in which the process had something to do, 0 to 1. */
  readonly busy: number
}

/** From here on a process answers late. */
const BUSY_FROM = 0.5

/**
 * How loaded a gate is, 0 to 1: by its connections against their limits, or by the work of its process above the half,
 * whichever is more. Puzzles get up to twice as hard by it (policy: ssh.puzzle).
 */
export function gateLoad(now: GateBusyness): number {
  const work = Math.max(0, now.busy - BUSY_FROM) / (1 - BUSY_FROM)
  const shares = [now.connections / now.mostConnections, now.halfOpen / now.mostHalfOpen, work]
  return Number(Math.min(1, Math.max(0, ...shares)).toFixed(2))
}

import { writeFileSync } from 'node:fs'

/** Of -1000 (never) to 1000 (always first); other services have 0. */
const READINESS = 500

/**
 * Makes this process the one the kernel ends when the machine runs out of memory: the engine may
 * grow in ways its limits do not count, a kill here loses nothing acknowledged, and the supervisor starts it
 * again. Nothing happens where there is no /proc.
 */
export function firstToGo(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', String(READINESS))
  } catch {
    // Not Linux, or a container that does not allow it: then the kernel chooses by size.
  }
}

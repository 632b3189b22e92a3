import { setTimeout as wait } from 'node:timers/promises'

/** Microseconds since 1970, to the millisecond: the wall clock, which follows corrections of the system's. */
export function nowUs(): number {
  return Date.now() * 1000
}

/** Waits, or returns early when the signal aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

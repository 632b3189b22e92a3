import { performance } from 'node:perf_hooks'

const EVERY_MS = 1_000

/** The share of the last second in which this process was not idle, 0 to 1. The timer keeps no process alive. */
export function loopBusyness(): () => number {
  let last = performance.eventLoopUtilization()
  let busy = 0
  setInterval(() => {
    const now = performance.eventLoopUtilization()
    busy = performance.eventLoopUtilization(now, last).utilization
    last = now
  }, EVERY_MS).unref()
  return () => busy
}

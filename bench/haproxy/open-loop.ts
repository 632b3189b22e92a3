import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../print.ts'
import { type OneConnection } from './connections.ts'

/** Where a connection of a round goes. */
export interface Way {
  readonly name: string
  readonly port: number
  /** Addresses of its clients, by turns. */
  readonly from: readonly string[]
}

/** Milliseconds of the connections of one way, sorted, and how many failed. */
export interface Times {
  readonly sorted: Float64Array
  readonly failed: number
}

/**
 * Connections begin by the clock, the ways by turns in an order drawn anew for each turn, whatever became of those
 * before (Tene: "coordinated omission"). A time is from a connection's own begin: where this process cannot keep up, fewer
 * are reached. `perSecond` is of all ways together.
 */
export async function openLoop(
  connection: OneConnection,
  ways: readonly Way[],
  perSecond: number,
  forMs: number,
): Promise<ReadonlyMap<string, Times>> {
  const times = new Map(ways.map(({ name }) => [name, { ms: new Array<number>(), failed: 0 }]))
  const running = new Set<Promise<void>>()
  const startedAt = performance.now()
  const total = Math.floor((perSecond * forMs) / 1_000)
  let order: Way[] = []
  for (let n = 0; n < total; n += 1) {
    const due = startedAt + (n * 1_000) / perSecond
    const wait = due - performance.now()
    if (wait > 1) await sleep(wait)
    if (order.length === 0) order = ways.toSorted(() => Math.random() - 0.5)
    const way = order.pop()
    if (way === undefined) continue
    const one = connection(way.port, way.from[n % way.from.length] ?? '').then((ms) => {
      const known = times.get(way.name)
      if (ms === undefined && known !== undefined) known.failed += 1
      else known?.ms.push(ms ?? 0)
      running.delete(one)
    })
    running.add(one)
    if (running.size > MOST_AT_ONCE) await Promise.race(running)
  }
  await Promise.all(running)
  return new Map(
    [...times].map(([name, { ms, failed }]) => [
      name,
      { sorted: Float64Array.from(ms).sort(), failed },
    ]),
  )
}

const MOST_AT_ONCE = 2_000

/** Quantiles in milliseconds, two digits. */
export function quantiles({
  sorted,
}: Times): Readonly<Record<'p50ms' | 'p99ms' | 'p999ms', number>> {
  const at = (share: number): number => Number(quantile(sorted, share).toFixed(2))
  return { p50ms: at(0.5), p99ms: at(0.99), p999ms: at(0.999) }
}

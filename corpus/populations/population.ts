import { seededDraw } from '../../lib/seeded-draw.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'

/** One event of a made-up client, its record made only when its turn comes. */
export interface MadeEvent {
  /** Microseconds since 1970. */
  readonly at: number
  readonly make: () => AnyRecord
}

/** One address through all days: its events of a day, from draws of its own. */
export interface Actor {
  readonly client: string
  /** What it is, as the tables of the evaluation call it. */
  readonly kind: string
  readonly hostile: boolean
  eventsOf(day: number, draw: Draw): readonly MadeEvent[]
}

/** Numbers in [0, 1). */
export type Draw = () => number

/** Midnight of the first day: a Monday. */
export const START_US = Date.UTC(2026, 2, 2) * 1000
export const SECOND_US = 1_000_000
export const HOUR_US = 3_600 * SECOND_US
export const DAY_US = 24 * HOUR_US

/**
 * All events of the actors over `days`, in the order of their time. Every actor draws from the seed,
 * its address and the day alone: another actor more changes nothing in the others.
 */
export function* eventsOf(
  seed: string,
  actors: readonly Actor[],
  days: number,
): Generator<AnyRecord> {
  for (let day = 0; day < days; day += 1) {
    const events = actors.flatMap((actor) =>
      actor.eventsOf(day, seededDraw(`${seed} ${actor.client} ${day}`)),
    )
    events.sort((a, b) => a.at - b.at)
    for (const { make } of events) yield make()
  }
}

/** How many of something that happens `mean` times on average (Knuth's way; for small means). */
export function poisson(mean: number, draw: Draw): number {
  const limit = Math.exp(-mean)
  let product = draw()
  let n = 0
  while (product > limit) {
    product *= draw()
    n += 1
  }
  return n
}

/** Standard normal (Box and Muller). */
export function normal(draw: Draw): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw())
}

/** Gamma with unit scale (Marsaglia and Tsang 2000), also for shapes below 1. */
function gamma(shape: number, draw: Draw): number {
  if (shape < 1) return gamma(shape + 1, draw) * draw() ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(draw)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - draw()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

export function beta(a: number, b: number, draw: Draw): number {
  const x = gamma(a, draw)
  return x / (x + gamma(b, draw))
}

export function pick<T>(from: readonly [T, ...T[]], draw: Draw): T {
  return from[Math.floor(draw() * from.length)] ?? from[0]
}

/** A time on a working day: around 13:30, three hours either way, in microseconds after midnight. */
export function officeHour(draw: Draw): number {
  const hour = Math.min(23.9, Math.max(0, 13.5 + 3 * normal(draw)))
  return hour * HOUR_US
}

/** The n-th address of its own /24, so that no network's quota stands between them. */
export function addressOf(block: number, n: number): string {
  return `${block}.${(n >> 8) & 255}.${n & 255}.${10 + (n % 200)}`
}

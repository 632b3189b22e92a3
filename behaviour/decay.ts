import { type Protocol } from './population-view.ts'

const HOUR_MS = 3_600_000

/** Half-life of sequential evidence S (behaviour-models 4.5). */
export const EVIDENCE_HALF_LIFE_MS: Readonly<Record<Protocol, number>> = {
  ssh: 72 * HOUR_MS,
  tls: 6 * HOUR_MS,
}

/** S never falls below this, so that a good past cannot hide a takeover for long. */
export const EVIDENCE_FLOOR = -3

/** Evidence of `nats` after `dtMs` of event time; time that runs backwards changes nothing. */
export function decayNats(nats: number, dtMs: number, halfLifeMs: number): number {
  return dtMs <= 0 ? nats : nats * 2 ** (-dtMs / halfLifeMs)
}

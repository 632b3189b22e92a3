/**
 * What is known of how connections end at a server: a Beta posterior without its prior, discounted by
 * time and by number, with a watch for sudden change. Pure; the processors keep it, the API reads it.
 */
export interface Posterior {
  /** Discounted successes and failures, as of `asOfMs`. */
  readonly alpha: number
  readonly beta: number
  /** Discounted sum of how well it went (0 to 1), of as many outcomes as `quality` weighs. */
  readonly fit: number
  readonly fitWeight: number
  /** Page's cumulative sum for "it ends badly half of the time now", nats. */
  readonly surprise: number
  readonly asOfMs: number
}

export const NOTHING_KNOWN: Posterior = {
  alpha: 0,
  beta: 0,
  fit: 0,
  fitWeight: 0,
  surprise: 0,
  asOfMs: 0,
}

/** Old outcomes fade with time, so that one that was bad is tried again, and a quiet one is open. */
export const FADE_HALF_LIFE_MS = 1_800_000
/** And with each newer one: nothing older than about so many outcomes weighs. */
export const WINDOW = 64
/** A server that fails half of its connections, against one that fails one in fifty. */
const FAILURE_NATS = Math.log(0.5 / 0.02)
const SUCCESS_NATS = Math.log(0.5 / 0.98)
/** One false alarm in e^6.9 = 1,000 ordinary outcomes (Lorden 1971); it costs memory, not a server. */
const ALARM_NATS = 6.9
/** Outcomes that an alarm leaves of the past. */
const AFTER_ALARM = 8
/** Who is believed to do worse than this surprises nobody by failing. */
const BELIEVED_GOOD = 0.6

/** One outcome: `success` 1 or 0, `fit` 0 to 1 or undefined, `weight` 0 to 1 of an ordinary one. */
export interface Observation {
  readonly success: 0 | 1
  readonly fit: number | undefined
  readonly weight: number
}

/** Brings what is known to `atMs`; an earlier time changes nothing. */
export function faded(known: Posterior, atMs: number): Posterior {
  if (known.asOfMs === 0 || atMs <= known.asOfMs) return known
  return scaled(known, 2 ** (-(atMs - known.asOfMs) / FADE_HALF_LIFE_MS), atMs)
}

/** Takes an outcome in. */
export function observed(
  before: Posterior,
  { success, fit, weight }: Observation,
  atMs: number,
): Posterior {
  const known = scaled(faded(before, atMs), 1 - weight / WINDOW, Math.max(atMs, before.asOfMs))
  const nats = success === 1 ? SUCCESS_NATS : FAILURE_NATS
  return {
    ...known,
    alpha: known.alpha + success * weight,
    beta: known.beta + (1 - success) * weight,
    fit: known.fit + (fit ?? 0) * weight,
    fitWeight: known.fitWeight + (fit === undefined ? 0 : weight),
    surprise: share(known) < BELIEVED_GOOD ? 0 : Math.max(0, known.surprise + nats * weight),
  }
}

/** True when outcomes have turned bad all of a sudden (Page 1954). */
export function isAlarmed({ surprise }: Posterior): boolean {
  return surprise >= ALARM_NATS
}

/** What is left of the past after an alarm: the newest word counts from here on. */
export function doubted(known: Posterior): Posterior {
  const strength = known.alpha + known.beta
  const left = strength <= AFTER_ALARM ? 1 : AFTER_ALARM / strength
  return { ...scaled(known, left, known.asOfMs), surprise: 0 }
}

/** An incident takes back the success it followed, as far as that has not faded since `successMs`. */
export function takenBack(
  before: Posterior,
  weight: number,
  successMs: number,
  atMs: number,
): Posterior {
  const known = faded(before, atMs)
  const left = weight * 2 ** (-Math.max(0, atMs - successMs) / FADE_HALF_LIFE_MS)
  return { ...known, alpha: Math.max(0, known.alpha - left) }
}

/** Mean and spread of the share of connections that end well. */
export interface Reputation {
  readonly mean: number
  readonly deviation: number
  /** Outcomes that speak, the prior's left out. */
  readonly strength: number
  /** How well it serves, 0 to 1; 0.5 is as usual. */
  readonly fit: number
  readonly fitStrength: number
}

/** Of whom nothing is known: Beta(2, 1), hopeful and wide. */
const PRIOR = { alpha: 2, beta: 1 } as const
const PRIOR_STRENGTH = PRIOR.alpha + PRIOR.beta
/** Outcomes before which what a server serves well is not believed. */
const FIT_PRIOR = 8

/**
 * Reputation of a server with one group of clients. What all groups say of the server stands in for
 * the prior of each: a group that was never there expects what the others had.
 */
export function reputationOf(
  group: Posterior | undefined,
  overall: Posterior | undefined,
  nowMs: number,
): Reputation {
  const all = overall === undefined ? NOTHING_KNOWN : faded(overall, nowMs)
  const own = group === undefined ? NOTHING_KNOWN : faded(group, nowMs)
  const usual = (PRIOR.alpha + all.alpha) / (PRIOR_STRENGTH + all.alpha + all.beta)
  const alpha = PRIOR_STRENGTH * usual + own.alpha
  const beta = PRIOR_STRENGTH * (1 - usual) + own.beta
  const total = alpha + beta
  const mean = alpha / total
  const allFit = 0.5 * FIT_PRIOR + all.fit
  const usualFit = allFit / (FIT_PRIOR + all.fitWeight)
  return {
    mean,
    deviation: Math.sqrt((mean * (1 - mean)) / (total + 1)),
    strength: own.alpha + own.beta,
    fit: (FIT_PRIOR * usualFit + own.fit) / (FIT_PRIOR + own.fitWeight),
    fitStrength: own.fitWeight,
  }
}

/** Expected share of successes by these outcomes alone. */
function share({ alpha, beta }: Posterior): number {
  return (PRIOR.alpha + alpha) / (PRIOR_STRENGTH + alpha + beta)
}

function scaled(known: Posterior, by: number, atMs: number): Posterior {
  return {
    alpha: known.alpha * by,
    beta: known.beta * by,
    fit: known.fit * by,
    fitWeight: known.fitWeight * by,
    surprise: known.surprise,
    asOfMs: atMs,
  }
}

import { RecentMap } from './recent-map.ts'

export interface TellingLimits {
  /** One subject is told of once in so long, milliseconds. */
  readonly everyMs: number
  /** In all. */
  readonly perMinute: number
}

export type Telling =
  /** `held`: how often it happened since this subject was told of last. */
  | { readonly kind: 'tell'; readonly held: number }
  /** Told of lately, or more than a person can read: counted. */
  | { readonly kind: 'hold'; readonly why: 'repeated' | 'too-many' }

interface Told {
  readonly untilMs: number
  readonly held: number
}

/** Subjects remembered, to twice as many: a flood of made-up ones is held back by the limit of the minute. */
const SUBJECTS = 10_000
const MINUTE_MS = 60_000

/** Keeps who is told of things from being flooded with them, by one subject or by many. */
export class ToldLately {
  readonly #told = new RecentMap<string, Told>(SUBJECTS)
  #minute = Number.NEGATIVE_INFINITY
  #inMinute = 0
  #beyond = 0

  /** Whether this happening is told. */
  admit(subject: string, nowMs: number, { everyMs, perMinute }: TellingLimits): Telling {
    const known = this.#told.get(subject)
    if (known !== undefined && nowMs < known.untilMs) {
      this.#told.set(subject, { ...known, held: known.held + 1 })
      return { kind: 'hold', why: 'repeated' }
    }
    const minute = Math.floor(nowMs / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#inMinute = 0
    }
    if (this.#inMinute >= perMinute) {
      this.#beyond += 1
      return { kind: 'hold', why: 'too-many' }
    }
    this.#inMinute += 1
    this.#told.set(subject, { untilMs: nowMs + everyMs, held: 0 })
    return { kind: 'tell', held: known?.held ?? 0 }
  }

  /** How many subjects were held back for there being too many, since this was asked last. */
  takeBeyond(): number {
    const beyond = this.#beyond
    this.#beyond = 0
    return beyond
  }
}

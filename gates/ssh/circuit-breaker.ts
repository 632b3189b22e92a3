export interface BreakerSettings {
  /** Failures in a row after which nobody waits for the API any more. */
  readonly failures: number
  /** Until it is tried again, milliseconds; doubles with each vain try. */
  readonly restMs: number
  readonly longestRestMs: number
}

export const DEFAULT_BREAKER: BreakerSettings = { failures: 3, restMs: 500, longestRestMs: 10_000 }

/** Keeps connections from waiting one by one for an API that does not answer: then one of them tries, at times. */
export class CircuitBreaker {
  readonly #settings: BreakerSettings
  #failures = 0
  #openUntilMs = 0
  #restMs = 0
  #trying = false

  constructor(settings: BreakerSettings) {
    this.#settings = settings
  }

  get open(): boolean {
    return this.#failures >= this.#settings.failures
  }

  /** Whether to ask; false: answer by the static policy. Each true must be followed by `worked` or `failed`. */
  mayAsk(nowMs: number): boolean {
    if (!this.open) return true
    if (nowMs < this.#openUntilMs || this.#trying) return false
    this.#trying = true
    return true
  }

  /** True when it had been open: the API is back. */
  worked(): boolean {
    const wasOpen = this.open
    this.#failures = 0
    this.#restMs = 0
    this.#trying = false
    return wasOpen
  }

  /** True when this failure opened it. */
  failed(nowMs: number): boolean {
    const wasOpen = this.open
    this.#failures += 1
    this.#trying = false
    if (!this.open) return false
    const { restMs, longestRestMs } = this.#settings
    this.#restMs = Math.min(longestRestMs, this.#restMs === 0 ? restMs : 2 * this.#restMs)
    this.#openUntilMs = nowMs + this.#restMs
    return !wasOpen
  }
}

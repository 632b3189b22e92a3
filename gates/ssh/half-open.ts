/** Bounds of connections that have not logged in yet. */
export interface HalfOpenLimits {
  /** At the same time in all; the oldest that has shown nothing gives way to a new one. */
  readonly halfOpen: number
  /** At the same time of one source; what comes beyond is refused. */
  readonly halfOpenPerSource: number
}

/** A connection that waits, as `HalfOpen` knows it. */
export interface Waiting {
  readonly source: string
}

export type Admission<T> =
  { readonly kind: 'admitted'; readonly evicted: T | undefined } | { readonly kind: 'refused' }

/**
 * Who waits before the key exchange. A flood of connections that say nothing fills the table and then pushes out its own
 * oldest: an honest client needs its place for the moment between its connection and its KEXINIT only.
 */
export class HalfOpen<T extends Waiting> {
  readonly #limits: HalfOpenLimits
  readonly #waiting = new Set<T>()
  readonly #bySource = new Map<string, number>()

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#waiting.size
  }

  get sources(): number {
    return this.#bySource.size
  }

  admit(one: T): Admission<T> {
    const ofSource = this.#bySource.get(one.source) ?? 0
    if (ofSource >= this.#limits.halfOpenPerSource) return { kind: 'refused' }
    const evicted = this.#waiting.size >= this.#limits.halfOpen ? this.#oldest() : undefined
    if (evicted !== undefined) this.leave(evicted)
    this.#waiting.add(one)
    this.#bySource.set(one.source, (this.#bySource.get(one.source) ?? 0) + 1)
    return { kind: 'admitted', evicted }
  }

  /** It was served, or it went. Leaving twice is leaving once. */
  leave(one: T): void {
    if (!this.#waiting.delete(one)) return
    const left = (this.#bySource.get(one.source) ?? 1) - 1
    if (left <= 0) this.#bySource.delete(one.source)
    else this.#bySource.set(one.source, left)
  }

  #oldest(): T | undefined {
    for (const one of this.#waiting) return one
    return undefined
  }
}

/** What an outcome needs to know of the decision it reports on. */
export interface RecentDecision {
  readonly clientAddress: Uint8Array
  readonly clientPort: number
  readonly listener: string
  readonly fingerprint: string | null
  readonly connectionId: Uint8Array | null
  readonly server: string | null
}

/** Newest decisions by id (hex): a cache, for outcomes may come without the client's address. */
export class RecentDecisions {
  readonly #most: number
  #young = new Map<string, RecentDecision>()
  #old = new Map<string, RecentDecision>()

  /** Between `most` and twice as many are remembered. */
  constructor(most = 100_000) {
    this.#most = most
  }

  add(id: string, decision: RecentDecision): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, decision)
  }

  find(id: string): RecentDecision | undefined {
    return this.#young.get(id) ?? this.#old.get(id)
  }
}

/** Counts what each of some servers takes, and gives their shares of a window when it is over. */
export class ShareWindow {
  readonly #taken: number[]
  readonly #perServer: number
  readonly #leastS: number
  #fromS = 0

  /** A window lasts until the servers took so many each, on average, and so many seconds. */
  constructor(servers: number, perServer: number, leastS: number) {
    this.#taken = Array.from({ length: servers }, () => 0)
    this.#perServer = perServer
    this.#leastS = leastS
  }

  took(server: number): void {
    this.#taken[server] = (this.#taken[server] ?? 0) + 1
  }

  /** Shares of the even share, and since when, once the window is over; it then begins anew. */
  over(atS: number): { readonly shares: readonly number[]; readonly fromS: number } | undefined {
    const total = this.#taken.reduce((sum, n) => sum + n, 0)
    if (total < this.#perServer * this.#taken.length || atS - this.#fromS < this.#leastS)
      return undefined
    const shares = this.#taken.map((n) => (n * this.#taken.length) / total)
    const fromS = this.#fromS
    this.#taken.fill(0)
    this.#fromS = atS
    return { shares, fromS }
  }
}

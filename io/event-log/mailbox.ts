/** A queue with one taker. What is put in is bounded by who puts: here, by the credit of a reader. */
export class Mailbox<T> {
  readonly #items: T[] = []
  #taker: ((item: T | undefined) => void) | undefined
  #ended = false

  put(item: T): void {
    const taker = this.#taker
    this.#taker = undefined
    if (taker === undefined) this.#items.push(item)
    else taker(item)
  }

  /** The next item; undefined once ended, whatever is still inside. */
  take(): Promise<T | undefined> {
    if (this.#ended) return Promise.resolve(undefined)
    const item = this.#items.shift()
    if (item !== undefined) return Promise.resolve(item)
    return new Promise((resolve) => {
      this.#taker = resolve
    })
  }

  end(): void {
    this.#ended = true
    this.#taker?.(undefined)
    this.#taker = undefined
  }
}

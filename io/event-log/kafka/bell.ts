/** Wakes all who wait for a change; they look again whether it is the one they waited for. */
export class Bell {
  #waiting = Promise.withResolvers<undefined>()

  /** Resolves at the next ring. Who asks right after looking misses none. */
  rung(): Promise<undefined> {
    return this.#waiting.promise
  }

  ring(): void {
    const { resolve } = this.#waiting
    this.#waiting = Promise.withResolvers()
    resolve(undefined)
  }
}

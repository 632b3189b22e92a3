/** Work side by side, settled one after the other in the order it was begun. */
export interface Lanes {
  /**
   * Begins the work. `settle` is called when the work is done and everything begun before it is settled.
   * Resolves when it has begun, which waits for room; rejects with the first failure there was.
   */
  begin(work: () => Promise<void>, settle: () => Promise<void>): Promise<void>
  /** Whether `begin` would find room now. */
  hasRoom(): boolean
  /** Resolves when something is settled; at once when nothing runs. */
  room(): Promise<void>
  /** Resolves when all is settled; rejects with the first failure. */
  drained(): Promise<void>
}

/** At most `count` works at once. */
export function createLanes(count: number): Lanes {
  const running: Promise<void>[] = []
  let last: Promise<void> = Promise.resolve()

  async function settleAfter(
    before: Promise<void>,
    work: Promise<void>,
    settle: () => Promise<void>,
  ): Promise<void> {
    await Promise.all([before, work])
    await settle()
    // A failure stays at the head: whoever waits is told.
    void running.shift()
  }

  return {
    async begin(work, settle): Promise<void> {
      while (running.length >= count) await running[0]
      last = settleAfter(last, work(), settle)
      // Told to who waits; nobody may.
      last.catch(() => undefined)
      running.push(last)
    },
    hasRoom: () => running.length < count,
    room: () => running[0] ?? Promise.resolve(),
    drained: () => last,
  }
}

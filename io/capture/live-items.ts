import { type CaptureItem, type CaptureStatistics } from '../../protocols/packet/capture-item.ts'

/**
 * Frames and, as soon as there are any, statistics, in one sequence: neither waits for the other,
 * and nothing is read ahead.
 */
export class LiveItems {
  #statistics: CaptureStatistics | undefined
  #wake: () => void = () => undefined

  /** Only the newest numbers matter: they are cumulative. */
  publish(statistics: CaptureStatistics): void {
    this.#statistics = statistics
    this.#wake()
  }

  /** `stop` is called when nobody listens any more, before the frames' iterator is returned. */
  async *merge(
    frames: AsyncIterable<CaptureItem>,
    stop: () => void,
  ): AsyncGenerator<CaptureItem, void, undefined> {
    const iterator = frames[Symbol.asyncIterator]()
    let next = this.#ask(iterator)
    try {
      for (;;) {
        yield* this.#take()
        const { result } = next
        if (result === undefined) {
          if (this.#statistics === undefined) await this.#change(next)
          continue
        }
        if (result.done === true) break
        yield result.value
        next = this.#ask(iterator)
      }
    } finally {
      stop()
      await iterator.return?.()
    }
  }

  /** What has been published and not yet told. */
  *rest(): Generator<CaptureItem> {
    yield* this.#take()
  }

  #ask(iterator: AsyncIterator<CaptureItem>): Asked {
    const asked: Asked = { result: undefined, arrived: Promise.resolve() }
    asked.arrived = iterator.next().then((result) => {
      asked.result = result
      this.#wake()
    })
    // A failure is met where the answer is awaited.
    asked.arrived.catch(() => {
      this.#wake()
    })
    return asked
  }

  *#take(): Generator<CaptureItem> {
    const statistics = this.#statistics
    this.#statistics = undefined
    if (statistics !== undefined) yield { kind: 'statistics', statistics }
  }

  async #change(asked: Asked): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    if (asked.result === undefined && this.#statistics === undefined) await asked.arrived
  }
}

interface Asked {
  result: IteratorResult<CaptureItem> | undefined
  arrived: Promise<void>
}

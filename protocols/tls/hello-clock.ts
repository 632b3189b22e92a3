import { type HelloTiming } from './tls-facts.ts'

/** Times the segments that bring a hello; microseconds in, microseconds out. */
export class HelloClock {
  #running = false
  #firstByteAt = 0
  #lastAt = 0
  #segments = 0
  #largest = 0
  #smallest = Infinity

  /** A segment of the client came: the first of a hello, as far as is known yet, or one more. */
  chunk(at: number): void {
    if (!this.#running) {
      this.ensure(at)
      return
    }
    const silence = Math.max(0, at - this.#lastAt)
    this.#largest = Math.max(this.#largest, silence)
    this.#smallest = Math.min(this.#smallest, silence)
    this.#lastAt = at
    this.#segments += 1
  }

  /** A hello begins in this segment. */
  ensure(at: number): void {
    if (this.#running) return
    this.#running = true
    this.#firstByteAt = at
    this.#lastAt = at
    this.#segments = 1
    this.#largest = 0
    this.#smallest = Infinity
  }

  /** What came was no part of a hello. */
  stop(): void {
    this.#running = false
  }

  /** The hello is complete. */
  complete(at: number): HelloTiming {
    this.#running = false
    return {
      firstByteAt: this.#firstByteAt,
      completeAt: at,
      segments: this.#segments,
      largestGapUs: this.#largest,
      smallestGapUs: this.#smallest === Infinity ? 0 : this.#smallest,
    }
  }
}

import { type FrameSink } from '../../protocols/packet/frame-sink.ts'

/** Passes frames on and remembers the latest time among them, which is when a file ends. */
export class LatestFrame implements FrameSink {
  /** Microseconds since 1970. */
  at = 0
  readonly #to: FrameSink

  constructor(to: FrameSink) {
    this.#to = to
  }

  frame(
    bytes: Uint8Array,
    from: number,
    to: number,
    linkType: number,
    capturedAt: number,
    originalLength: number,
  ): void {
    if (capturedAt > this.at) this.at = capturedAt
    this.#to.frame(bytes, from, to, linkType, capturedAt, originalLength)
  }
}

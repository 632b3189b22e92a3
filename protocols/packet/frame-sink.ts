import { type Frame } from './frame.ts'

/** Takes frames as they are found, where nothing is to be made for each of them. */
export interface FrameSink {
  /**
   * One frame: `bytes` from `from` up to `to`, valid during the call; the rest as in `Frame`. What
   * a `Frame` costs (two objects, one of them a view) is a tenth of a packet that tells nothing new.
   */
  frame(
    bytes: Uint8Array,
    from: number,
    to: number,
    linkType: number,
    capturedAt: number,
    originalLength: number,
  ): void
}

/** Makes a `Frame` of each. */
export class FrameList implements FrameSink {
  #frames: Frame[] = []

  frame(
    bytes: Uint8Array,
    from: number,
    to: number,
    linkType: number,
    capturedAt: number,
    originalLength: number,
  ): void {
    this.#frames.push({ linkType, capturedAt, bytes: bytes.subarray(from, to), originalLength })
  }

  /** The frames since the last call. */
  take(): readonly Frame[] {
    const taken = this.#frames
    this.#frames = []
    return taken
  }
}

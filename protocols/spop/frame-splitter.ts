/** What the bytes so far hold. */
export type SplitFrames =
  | { readonly kind: 'frames'; readonly frames: readonly Uint8Array[] }
  /** A frame announced itself longer than is taken: nothing after it can be told apart. */
  | { readonly kind: 'too-big'; readonly frames: readonly Uint8Array[]; readonly length: number }

const NOTHING = new Uint8Array(0)

/** Cuts a stream of bytes into frames: uint32 length, then as many bytes. Holds less than one frame. */
export class FrameSplitter {
  readonly #maxFrame: number
  #held: Uint8Array = NOTHING

  /** `maxFrame`: longest frame that is taken, without its length, bytes. */
  constructor(maxFrame: number) {
    this.#maxFrame = maxFrame
  }

  /** Frames that are complete with this chunk, as views of bytes that are not written to again. */
  push(chunk: Uint8Array): SplitFrames {
    const bytes = this.#held.length === 0 ? chunk : joined(this.#held, chunk)
    const frames: Uint8Array[] = []
    let at = 0
    while (bytes.length - at >= 4) {
      const length = u32(bytes, at)
      if (length > this.#maxFrame) return { kind: 'too-big', frames, length }
      if (bytes.length - at - 4 < length) break
      frames.push(bytes.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    // A copy: what is left of a large chunk must not keep it alive.
    this.#held = at === bytes.length ? NOTHING : bytes.slice(at)
    return { kind: 'frames', frames }
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length)
  bytes.set(head)
  bytes.set(tail, head.length)
  return bytes
}

function u32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  return high * 0x10000 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))
}

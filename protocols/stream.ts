/** Which side of a connection sent something. The client is the one that opened it. */
export type Direction = 'client' | 'server'

/** In-order payload bytes of one direction. Times are microseconds since 1970, fractions allowed. */
export interface StreamChunk {
  readonly direction: Direction
  /** Valid only during the call: copy what must be kept. */
  readonly bytes: Uint8Array
  readonly capturedAt: number
}

/** How a connection ended, as far as the wire tells. */
export type StreamEnd = 'fin' | 'reset' | 'silent' | 'capture-end'

/**
 * A sans-io observer of one connection's payload: what it is fed, in order, it turns into facts. It
 * keeps bounded state, never throws for what it is fed, and never reads a clock.
 */
export interface StreamObserver<Fact> {
  data(chunk: StreamChunk): readonly Fact[]
  /** Bytes of one direction that were never captured lie before what comes next. */
  gap(direction: Direction, length: number, capturedAt: number): readonly Fact[]
  end(how: StreamEnd, at: number): readonly Fact[]
}

import { type Writable } from 'node:stream'

/** Takes bytes that are valid during the call only; false: no more before `resume` is called. */
export type Taker = (bytes: Uint8Array) => boolean

/**
 * One direction of a splice. Bytes are written from the buffer they were read into, and reading rests until they are
 * out: so there is one buffer per direction, no copy and no garbage, whatever the speed. Node's own way (`pipe`) makes a
 * buffer per read, and `process.stdout` blocks the whole process on a full pipe.
 */
export function laneTo(sink: Writable, resume: () => void): Taker {
  const written = (): void => {
    if (sink.writableLength === 0) resume()
  }
  return (bytes) => {
    if (sink.destroyed || sink.writableEnded) return true
    sink.write(bytes, written)
    return sink.writableLength === 0
  }
}

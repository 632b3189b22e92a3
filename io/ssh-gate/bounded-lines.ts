import { type Socket } from 'node:net'

/** Lines of a socket without their ends, none longer than `longest` bytes: a longer one ends it as the socket's end does. */
export async function* boundedLines(socket: Socket, longest: number): AsyncGenerator<string> {
  let held: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      held = Buffer.concat([held, chunk])
      for (let end = held.indexOf(0x0a); end >= 0; end = held.indexOf(0x0a)) {
        if (end > longest) return
        yield held.toString('utf8', 0, end)
        held = held.subarray(end + 1)
      }
      if (held.length > longest) return
    }
  } catch {
    // A reset is an end.
  }
}

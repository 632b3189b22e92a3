import { type Socket } from 'node:net'
import { type OpenedUpstream } from './upstream.ts'

/** How much went which way, bytes. */
export interface Spliced {
  readonly bytesIn: number
  readonly bytesOut: number
}

/**
 * Joins two sockets until both directions ended, half-closes included; an error of one ends the other. `lead` goes to the
 * server first.
 */
export function splice(
  client: Socket,
  { socket: server, rest }: OpenedUpstream,
  lead: readonly Uint8Array[],
): Promise<Spliced> {
  return new Promise((resolve) => {
    let open = 2
    const closed = (): void => {
      open -= 1
      if (open === 0) resolve({ bytesIn: server.bytesWritten, bytesOut: server.bytesRead })
    }
    const tie = (from: Socket, to: Socket): void => {
      from.on('error', () => {
        to.destroy()
      })
      from.on('close', () => {
        // An end was piped on as an end; what closes without one must not leave the other side waiting.
        if (!from.readableEnded) to.destroy()
        closed()
      })
    }
    tie(client, server)
    tie(server, client)
    if (client.destroyed) server.destroy()
    server.cork()
    for (const bytes of lead) if (bytes.length > 0) server.write(bytes)
    server.uncork()
    if (rest.length > 0) client.write(rest)
    client.pipe(server)
    server.pipe(client)
  })
}

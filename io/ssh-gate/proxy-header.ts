import { type Socket } from 'node:net'
import { MAX_PROXY_HEADER, readProxyHeader } from '../../protocols/proxy-protocol/proxy-header.ts'

export interface ProxiedClient {
  /** Undefined for the proxy's own connections (LOCAL, UNKNOWN). */
  readonly source: { readonly address: Uint8Array; readonly port: number } | undefined
  /** What came after the header. */
  readonly rest: Uint8Array
}

/** Reads the PROXY header a trusted peer must send; undefined when it sends none within `withinMs`. */
export function proxyHeaderOf(
  socket: Socket,
  withinMs: number,
): Promise<ProxiedClient | undefined> {
  return new Promise((resolve) => {
    let held: Buffer = Buffer.alloc(0)
    const done = (client: ProxiedClient | undefined): void => {
      clearTimeout(late)
      socket.pause()
      socket.off('data', onData).off('end', onLeft).off('close', onLeft)
      resolve(client)
    }
    const onLeft = (): void => {
      done(undefined)
    }
    const onData = (bytes: Buffer): void => {
      held = Buffer.concat([held, bytes])
      const header = readProxyHeader(held)
      if (header.kind === 'incomplete' && held.length <= MAX_PROXY_HEADER) return
      if (header.kind !== 'header') done(undefined)
      else done({ source: header.source, rest: held.subarray(header.length) })
    }
    const late = setTimeout(onLeft, withinMs)
    socket.on('data', onData).on('end', onLeft).on('close', onLeft)
    socket.resume()
  })
}

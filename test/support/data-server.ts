import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { addressText } from '../../lib/client-entity.ts'
import { readProxyHeader } from '../../protocols/proxy-protocol/proxy-header.ts'

/** A data server behind a balancer: PROXY protocol, then HTTP/1.1 or HTTP/2 in clear, as ALPN said. */
export interface DataServer {
  readonly id: string
  readonly port: number
  readonly requests: number
  /** From now on requests end this way. */
  turn(mode: 'good' | 'bad'): void
  stop(): Promise<void>
}

const PREFACE = 'PRI * HTTP/2.0'

/** Answers JSON `{server, client}`; `/N` answers N bytes instead, after `delayMs`. */
export async function startDataServer(id: string, delayMs = 0, port = 0): Promise<DataServer> {
  /** By the balancer's port: an HTTP/2 request does not show its socket itself. */
  const clients = new Map<number, string>()
  const sockets = new Set<Socket>()
  let requests = 0
  let mode = 'good'
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests += 1
    if (mode === 'bad') {
      request.socket.destroy()
      return
    }
    const bytes = Number(/^\/(\d{1,9})$/.exec(request.url ?? '')?.[1] ?? 0)
    const client = clients.get(request.socket.remotePort ?? 0) ?? 'unknown'
    const body = bytes > 0 ? Buffer.alloc(bytes, 'x') : JSON.stringify({ server: id, client })
    setTimeout(() => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length }
      response.writeHead(200, headers).end(body)
    }, delayMs)
  }
  const http = createHttp(answer)
  const http2 = createHttp2()
  http2.on('request', (request, response) => {
    answer(request as unknown as IncomingMessage, response as unknown as ServerResponse)
  })
  http2.on('sessionError', () => undefined)
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    afterProxyHeader(socket, (client, rest) => {
      clients.set(socket.remotePort ?? 0, client)
      socket.unshift(rest)
      const isHttp2 = rest.subarray(0, PREFACE.length).toString('latin1') === PREFACE
      if (isHttp2) {
        http2.emit('connection', socket)
        return
      }
      http.emit('connection', socket)
      socket.resume()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    id,
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests
    },
    turn(to): void {
      mode = to
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Reads the header and at least one byte more; a health check sends none and is closed. */
function afterProxyHeader(socket: Socket, then: (client: string, rest: Buffer) => void): void {
  let held: Buffer = Buffer.alloc(0)
  const take = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk])
    const header = readProxyHeader(held)
    if (header.kind === 'incomplete') return
    if (header.kind !== 'header') {
      socket.destroy()
      return
    }
    if (held.length === header.length) return
    socket.off('data', take)
    socket.pause()
    const client =
      header.source === undefined
        ? 'local'
        : `${addressText(header.source.address)}:${header.source.port}`
    then(client, held.subarray(header.length))
  }
  socket.on('data', take)
}

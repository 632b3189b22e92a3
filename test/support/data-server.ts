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

/** What a data server is good at, and what not. */
export interface Strength {
  /** Before it answers over HTTP/1.1 and over HTTP/2, milliseconds. */
  readonly http1Ms: number
  readonly http2Ms: number
  /** How fast a body goes out. */
  readonly bytesPerMs: number
}

export interface DataServerOptions {
  readonly strength?: Partial<Strength>
  readonly port?: number
  /** Told of each request with an `authorization`: the balancer's unique id (PROXY protocol) and the client's address. */
  readonly authenticated?: (reference: string, client: string) => void
}

const PIECE_MS = 5

/** Answers JSON `{server, client}`; `/N` answers N bytes instead. */
export async function startDataServer(
  id: string,
  { strength, port = 0, authenticated }: DataServerOptions = {},
): Promise<DataServer> {
  const { http1Ms = 0, http2Ms = 0, bytesPerMs = Infinity } = strength ?? {}
  /** By the balancer's port: an HTTP/2 request does not show its socket itself. */
  const clients = new Map<number, Caller>()
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
    const caller = clients.get(request.socket.remotePort ?? 0)
    if (request.headers.authorization !== undefined) {
      authenticated?.(caller?.reference ?? '', caller?.address ?? '')
    }
    const client = caller?.client ?? 'unknown'
    const body =
      bytes > 0 ? Buffer.alloc(bytes, 'x') : Buffer.from(JSON.stringify({ server: id, client }))
    const delayMs = request.httpVersionMajor === 2 ? http2Ms : http1Ms
    setTimeout(() => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length }
      response.writeHead(200, headers)
      send(response, body, bytesPerMs)
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
    const balancerPort = socket.remotePort ?? 0
    socket.once('close', () => clients.delete(balancerPort))
    afterProxyHeader(socket, (caller, rest) => {
      clients.set(balancerPort, caller)
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

/** All at once, or in pieces as fast as the server is said to be. */
function send(response: ServerResponse, body: Buffer, bytesPerMs: number): void {
  const piece = Math.ceil(bytesPerMs * PIECE_MS)
  if (body.length <= piece) {
    response.end(body)
    return
  }
  response.write(body.subarray(0, piece))
  setTimeout(() => {
    if (!response.destroyed) send(response, body.subarray(piece), bytesPerMs)
  }, PIECE_MS)
}

interface Caller {
  /** Address and port. */
  readonly client: string
  readonly address: string
  /** The balancer's unique id; empty where it sends none. */
  readonly reference: string
}

const V2_HEAD = 16
/** Addresses of IPv4 and IPv6, and the type of a unique id (proxy-protocol.txt 2.2). */
const V2_ADDRESSES: Readonly<Record<number, number>> = { 1: 12, 2: 36 }
const PP2_TYPE_UNIQUE_ID = 0x05

/** The unique id among the TLVs of a header of version 2. */
function uniqueIdOf(header: Buffer): string {
  let at = V2_HEAD + (V2_ADDRESSES[(header[13] ?? 0) >> 4] ?? header.length)
  while (at + 3 <= header.length) {
    const length = header.readUInt16BE(at + 1)
    if (header[at] === PP2_TYPE_UNIQUE_ID) return header.toString('latin1', at + 3, at + 3 + length)
    at += 3 + length
  }
  return ''
}

/** Reads the header and at least one byte more; a health check sends none and is closed. */
function afterProxyHeader(socket: Socket, then: (caller: Caller, rest: Buffer) => void): void {
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
    const { source } = header
    const address = source === undefined ? '' : addressText(source.address)
    const client = source === undefined ? 'local' : `${address}:${source.port}`
    const reference = uniqueIdOf(held.subarray(0, header.length))
    then({ client, address, reference }, held.subarray(header.length))
  }
  socket.on('data', take)
}

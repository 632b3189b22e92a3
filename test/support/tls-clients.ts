import { execFile } from 'node:child_process'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

/** How one HTTPS request of ours went. */
export interface Visit {
  /** HTTP status; 0 when the connection failed. */
  readonly status: number
  readonly body: string
  /** Connect to the answer's end, milliseconds. */
  readonly ms: number
  readonly resumed: boolean
  readonly session: Buffer | undefined
  readonly group: string
}

export interface VisitOptions extends ConnectionOptions {
  readonly port: number
  readonly path?: string
  readonly from?: string
  /** Beside Host and Connection. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One GET over a connection of its own, HTTP/1.1, any certificate taken. */
export function visit(options: VisitOptions): Promise<Visit> {
  const { port, path = '/', from = '127.0.0.1', headers = {}, ...more } = options
  const startedAt = performance.now()
  return new Promise((resolve) => {
    let body = ''
    let session: Buffer | undefined
    let resumed = false
    let group = ''
    const socket: TLSSocket = connect({
      ...{ host: '127.0.0.1', port, localAddress: from, servername: 'localhost' },
      ...{ rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...more },
    })
    socket.setTimeout(10_000, () => socket.destroy())
    socket.on('session', (ticket) => (session = ticket))
    socket.on('error', () => socket.destroy())
    socket.once('secureConnect', () => {
      resumed = socket.isSessionReused()
      group = groupOf(socket)
      const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`
      socket.write(`${head}${given.join('')}\r\n`)
    })
    socket.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
    socket.once('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(body)?.[1] ?? 0)
      const ms = performance.now() - startedAt
      resolve({ status, body: bodyOf(body), ms, resumed, session, group })
    })
  })
}

/** Sends raw bytes in pieces with pauses; gives the first that comes back, or nothing when the other side ends. */
export function sendRaw(
  port: number,
  pieces: readonly Uint8Array[],
  pauseMs = 0,
  from = '127.0.0.1',
): Promise<Buffer> {
  return new Promise((resolve) => {
    let answer: Buffer = Buffer.alloc(0)
    const socket: Socket = connectTcp({ host: '127.0.0.1', port, localAddress: from })
    socket.setNoDelay(true)
    socket.setTimeout(8_000, () => socket.destroy())
    const send = (at: number): void => {
      const piece = pieces[at]
      if (piece === undefined || socket.destroyed) return
      socket.write(piece)
      setTimeout(() => {
        send(at + 1)
      }, pauseMs)
    }
    socket.once('connect', () => {
      send(0)
    })
    socket.once('data', (chunk) => {
      answer = chunk
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      resolve(answer)
    })
  })
}

/** A program run to its end; its exit code and what it printed. */
export function program(
  command: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, output: stdout + stderr })
    })
    child.stdin?.end()
  })
}

function bodyOf(answer: string): string {
  const at = answer.indexOf('\r\n\r\n')
  return at < 0 ? '' : answer.slice(at + 4)
}

function groupOf(socket: TLSSocket): string {
  const info: unknown = socket.getEphemeralKeyInfo()
  return typeof info === 'object' && info !== null && 'name' in info ? String(info.name) : ''
}

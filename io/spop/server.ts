import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import {
  AgentSession,
  type AgentStep,
  DEFAULT_SESSION_LIMITS,
  type SessionLimits,
} from '../../protocols/spop/agent-session.ts'
import { type Notify } from '../../routing-api/spop/answer-notify.ts'

export interface SpopPorts {
  /** The whole ACK of one NOTIFY; never throws. */
  readonly answer: (notify: Notify) => Uint8Array
  readonly metrics: Metrics
  readonly logger: Logger
  /** Connections at once; HAProxy opens one for each question that waits. */
  readonly maxConnections?: number
  readonly limits?: SessionLimits
}

export interface SpopServer {
  readonly port: number
  /** Takes no new connection, says goodbye on the others once their answers are written, closes. */
  close(): Promise<void>
}

const MAX_CONNECTIONS = 4_000
/** A connection that says nothing is closed; HAProxy's own `timeout idle` is far shorter. */
const SILENCE_MS = 10 * 60_000
const HELLO_MS = 5_000
const GRACE_MS = 1_000
/** Answers that a peer does not read: it is closed rather than kept in memory. */
const MAX_UNREAD = 4 * 1024 * 1024

/** A Stream Processing Offload agent on a port; the protocol is in `AgentSession`. */
export function listenSpop(host: string, port: number, ports: SpopPorts): Promise<SpopServer> {
  const sockets = new Map<Socket, AgentSession>()
  const server = createServer({ noDelay: true }, (socket) => {
    serve(socket, sockets, ports)
  })
  server.maxConnections = ports.maxConnections ?? MAX_CONNECTIONS
  server.on('drop', () => {
    ports.metrics.count('spop_connections_dropped_total', 1, { reason: 'too-many' })
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(sentence(host, port, error.code), { cause: error }))
    })
    server.listen(port, host, () => {
      const bound = (server.address() as AddressInfo).port
      resolve({ port: bound, close: () => close(server, sockets) })
    })
  })
}

function serve(socket: Socket, sockets: Map<Socket, AgentSession>, ports: SpopPorts): void {
  const session = new AgentSession(ports.limits ?? DEFAULT_SESSION_LIMITS)
  sockets.set(socket, session)
  const gauge = (): void => {
    ports.metrics.gauge('spop_connections', sockets.size)
  }
  gauge()
  socket.setTimeout(HELLO_MS, () => {
    ports.metrics.count('spop_connections_dropped_total', 1, { reason: 'silent' })
    socket.destroy()
  })
  socket.on('data', (chunk: Buffer) => {
    act(session.receive(chunk), socket, ports)
  })
  socket.on('error', () => {
    ports.metrics.count('spop_connections_dropped_total', 1, { reason: 'error' })
  })
  socket.once('close', () => {
    sockets.delete(socket)
    gauge()
  })
}

/** Does the steps in order; what they write leaves together. */
function act(steps: readonly AgentStep[], socket: Socket, ports: SpopPorts): void {
  socket.cork()
  for (const step of steps) {
    switch (step.kind) {
      case 'send':
        socket.write(step.bytes)
        break
      case 'notify':
        socket.write(ports.answer(step))
        break
      case 'hello':
        socket.setTimeout(SILENCE_MS)
        ports.metrics.count('spop_hellos_total', 1, { healthcheck: String(step.healthcheck) })
        break
      case 'unread':
        ports.metrics.count('spop_unread_total', 1, { code: step.code })
        break
      case 'close':
        ports.metrics.count('spop_closes_total', 1, { status: step.status })
        if (step.status !== 'normal') {
          const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`
          ports.logger.warn('a load balancer was disconnected', { peer, reason: step.reason })
        }
        socket.end()
    }
  }
  socket.uncork()
  if (socket.writableLength <= MAX_UNREAD) return
  ports.metrics.count('spop_connections_dropped_total', 1, { reason: 'unread-answers' })
  socket.destroy()
}

function close(server: Server, sockets: ReadonlyMap<Socket, AgentSession>): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      for (const socket of sockets.keys()) socket.destroy()
    }, GRACE_MS)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    for (const [socket, session] of sockets) {
      for (const step of session.end()) if (step.kind === 'send') socket.write(step.bytes)
      socket.end()
    }
  })
}

function sentence(host: string, port: number, code: string | undefined): string {
  const why =
    code === 'EADDRINUSE'
      ? 'the port is taken; stop what listens there or set VESTIBULE_SPOP_PORT'
      : (code ?? 'unknown fault')
  return `the SPOP agent cannot listen on ${host}:${port}: ${why}`
}

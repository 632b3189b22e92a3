import { createServer, type Server, type Socket } from 'node:net'
import { endpointText } from '../../gates/ssh/endpoint.ts'
import { type GateListener } from '../../gates/ssh/gate-config.ts'
import { type GateWorld } from './gate-world.ts'
import { blockListOf, counted, serveClient, type OpenListener } from './serve-client.ts'
import { createUpstream } from './upstream.ts'

/** The listeners of one gate process and the connections they took. */
export class SshGate {
  readonly #world: GateWorld
  readonly #servers: Server[] = []
  #lastGone: (() => void) | undefined

  constructor(world: GateWorld) {
    this.#world = world
  }

  /** Connections that are open, logged in or not. */
  get connections(): number {
    return this.#world.sockets.size
  }

  /** Listens everywhere it is told to; rejects with a sentence. Answers the ports by listener name. */
  async listen(): Promise<ReadonlyMap<string, number>> {
    const ports = new Map<string, number>()
    for (const listener of this.#world.config.listeners) {
      ports.set(listener.name, await this.#listenOn(listener))
    }
    return ports
  }

  /** Takes no more connections; resolves when the last one has ended. */
  async drain(): Promise<void> {
    for (const server of this.#servers) server.close()
    if (this.#world.sockets.size === 0) return
    await new Promise<void>((resolve) => {
      this.#lastGone = resolve
    })
  }

  /** Ends every connection. */
  stop(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#world.sockets) socket.destroy()
  }

  #listenOn(listener: GateListener): Promise<number> {
    const open: OpenListener = {
      listener,
      upstream: createUpstream(listener.upstream, listener.sendProxy === 'v2'),
      stepUp:
        listener.stepUp === undefined
          ? undefined
          : createUpstream(listener.stepUp, listener.sendProxy === 'v2'),
      proxies: blockListOf(listener.proxyFrom),
    }
    // Asked ahead of the first client. What is wrong with it the first client's turn tells.
    void open.upstream.identification().catch(() => undefined)
    const options = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true, keepAlive: true }
    const server = createServer(options, (socket) => {
      this.#accept(open, socket)
    })
    this.#servers.push(server)
    const { host, port } = listener.listen
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const sentence = SENTENCES.get(error.code ?? '') ?? error.message
        reject(
          new Error(`cannot listen on ${endpointText(listener.listen)}: ${sentence}`, {
            cause: error,
          }),
        )
      })
      server.listen(host === 'fd' ? { fd: port } : { host, port, backlog: BACKLOG }, () => {
        const bound = server.address()
        resolve(bound !== null && typeof bound === 'object' ? bound.port : port)
      })
    })
  }

  #accept(open: OpenListener, socket: Socket): void {
    const { config, metrics } = this.#world
    if (this.#world.sockets.size >= config.limits.connections) {
      counted(this.#world, open.listener, 'too-many-connections')
      socket.destroy()
      return
    }
    this.#world.sockets.add(socket)
    metrics.gauge('ssh_gate_open_connections', this.#world.sockets.size)
    socket.once('close', () => {
      this.#world.sockets.delete(socket)
      metrics.gauge('ssh_gate_open_connections', this.#world.sockets.size)
      if (this.#world.sockets.size === 0) this.#lastGone?.()
    })
    void serveClient(this.#world, open, socket)
  }
}

/** Connections the kernel keeps while the process is busy; the system's somaxconn bounds it. */
const BACKLOG = 4_096

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the port is taken; move sshd to another port, or stop the other gate'],
  ['EACCES', 'not permitted; ports below 1024 need CAP_NET_BIND_SERVICE'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
])

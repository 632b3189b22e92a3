import { fork, type ChildProcess } from 'node:child_process'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dirname, '../integration/haproxy/agent-process.ts')

export interface AgentProcess {
  readonly port: number
  signal(name: NodeJS.Signals): void
  /** Ends it and waits for that. */
  end(signal?: NodeJS.Signals): Promise<void>
}

/** Vestibule's agent with an API in memory, in a process of its own. */
export function startAgentProcess(port = 0): Promise<AgentProcess> {
  const child = fork(PROGRAM, [String(port)], { execArgv: [] })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      reject(new Error(`the agent ended with ${String(code)}`))
    })
    child.once('message', (at) => {
      resolve({
        port: Number(at),
        signal: (name) => void child.kill(name),
        end: (signal = 'SIGKILL') => ending(child, signal),
      })
    })
  })
}

function ending(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve()
    })
    child.kill('SIGCONT')
    child.kill(signal)
  })
}

/** Something between HAProxy and an agent that misbehaves on purpose. */
export interface Meddler {
  readonly port: number
  stop(): Promise<void>
}

/** Answers whatever comes with bytes that are no SPOP, or does nothing at all. */
export function startStranger(answer: Uint8Array | undefined, port = 0): Promise<Meddler> {
  return meddle(port, (socket) => {
    if (answer !== undefined) socket.on('data', () => socket.write(answer))
  })
}

/** Passes on to the agent, and everything it says back `delayMs` later. */
export function startSlowLink(agentPort: number, delayMs: number, port = 0): Promise<Meddler> {
  return meddle(port, (socket) => {
    const agent = connect(agentPort, '127.0.0.1')
    socket.on('data', (chunk) => agent.write(chunk))
    agent.on('data', (chunk) => setTimeout(() => socket.write(chunk), delayMs))
    agent.on('end', () => setTimeout(() => socket.end(), delayMs))
    agent.on('error', () => socket.destroy())
    socket.once('close', () => agent.destroy())
  })
}

function meddle(at: number, serve: (socket: Socket) => void): Promise<Meddler> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    serve(socket)
  })
  return new Promise((resolve) => {
    server.listen(at, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      const stop = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => {
            done()
          })
          for (const socket of sockets) socket.destroy()
        })
      resolve({ port, stop })
    })
  })
}

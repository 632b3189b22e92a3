import { type Socket } from 'node:net'
import { type ConnectionEnd } from '../../gates/ssh/connection-end.ts'
import { GatedConnection, type GateSettings } from '../../gates/ssh/gated-connection.ts'
import {
  type GateDecision,
  type GateVerdict,
  type StepResult,
} from '../../gates/ssh/gate-decision.ts'
import {
  type ClientOpening,
  type GateCommand,
  type GateEvent,
  type GateTimer,
} from '../../gates/ssh/gate-events.ts'
import { splice } from './splice.ts'
import { type OpenedUpstream } from './upstream.ts'

type Of<Kind extends GateCommand['kind']> = Extract<GateCommand, { kind: Kind }>

/** What one connection needs of the world. */
export interface ConnectionPorts {
  readonly settings: GateSettings
  /** Milliseconds, monotonic. */
  now(): number
  /** Never rejects: there is always a decision. */
  decide(opening: ClientOpening): Promise<GateDecision>
  /** Never rejects. `token`: the newest one of the connection. */
  verify(
    command: Of<'verify'>,
    token: string | undefined,
    decision: GateDecision,
  ): Promise<GateVerdict>
  /** Rejects when the server does not answer. */
  open(to: Of<'open'>['to']): Promise<OpenedUpstream>
  /** It was let through and its server has answered. */
  passed(server: Socket): void
}

/** What is reported of a connection that is over. */
export interface ConnectionReport {
  readonly end: ConnectionEnd
  readonly opening: ClientOpening | undefined
  readonly decision: GateDecision | undefined
  readonly challenges: readonly StepResult[]
  readonly bytesIn: number
  readonly bytesOut: number
  readonly durationMs: number
}

/** A refused client gets this long to take the last bytes. */
const LINGER_MS = 1_000

/** Runs one connection to its end. Never rejects. `first`: bytes that were read before (after a PROXY header). */
export function runConnection(
  socket: Socket,
  ports: ConnectionPorts,
  first: Uint8Array = new Uint8Array(0),
): Promise<ConnectionReport> {
  return new Promise((resolve) => {
    new ConnectionRun(socket, ports, resolve).start(first)
  })
}

/** The shell of a gated connection: carries events to it and commands out. */
class ConnectionRun {
  readonly #socket: Socket
  readonly #ports: ConnectionPorts
  readonly #resolve: (report: ConnectionReport) => void
  readonly #machine: GatedConnection
  readonly #startedAtMs: number
  readonly #timers = new Map<GateTimer, NodeJS.Timeout>()
  readonly #challenges: StepResult[] = []
  #over = false
  #token: string | undefined

  constructor(socket: Socket, ports: ConnectionPorts, resolve: (report: ConnectionReport) => void) {
    this.#socket = socket
    this.#ports = ports
    this.#resolve = resolve
    this.#machine = new GatedConnection(ports.settings)
    this.#startedAtMs = ports.now()
  }

  start(first: Uint8Array): void {
    const socket = this.#socket
    socket.on('error', () => undefined)
    socket.on('end', this.#onLeft).on('close', this.#onLeft).on('data', this.#onData)
    for (const command of this.#machine.start()) this.#perform(command)
    if (first.length > 0) this.#onData(first)
    socket.resume()
  }

  readonly #onData = (bytes: Uint8Array): void => {
    this.#on({ kind: 'bytes', bytes })
  }

  readonly #onLeft = (): void => {
    this.#on({ kind: 'client-left' })
  }

  #on(event: GateEvent): void {
    for (const command of this.#machine.on(event, this.#ports.now())) this.#perform(command)
  }

  #perform(command: GateCommand): void {
    switch (command.kind) {
      case 'send':
        this.#socket.write(command.bytes)
        return
      case 'timer':
        this.#startTimer(command)
        return
      case 'ask':
        void this.#ports.decide(command.opening).then((decision) => {
          this.#on({ kind: 'decision', decision })
        })
        return
      case 'verify':
        void this.#verify(command)
        return
      case 'open':
        void this.#open(command)
        return
      case 'end':
        this.#end(command)
    }
  }

  #startTimer({ timer, ms }: Of<'timer'>): void {
    clearTimeout(this.#timers.get(timer))
    const started = setTimeout(() => {
      this.#on({ kind: 'timer', timer })
    }, ms)
    this.#timers.set(timer, started)
  }

  async #verify(command: Of<'verify'>): Promise<void> {
    const { decision } = this.#machine
    if (decision === undefined) return
    const token = this.#token ?? decision.connectionToken
    const verdict = await this.#ports.verify(command, token, decision)
    this.#token = verdict.connectionToken
    this.#challenges.push(...verdict.results)
    this.#on({ kind: 'verdict', verdict })
  }

  async #open({ to, lead }: Of<'open'>): Promise<void> {
    const socket = this.#socket
    // What comes from here on is the server's: it stays in the kernel until the server is there.
    socket.off('data', this.#onData)
    socket.pause()
    this.#stopTimers()
    const server = await this.#ports.open(to).catch(() => undefined)
    if (this.#over) {
      server?.socket.destroy()
      return
    }
    if (server === undefined) {
      this.#on({ kind: 'open-failed' })
      return
    }
    socket.off('end', this.#onLeft).off('close', this.#onLeft)
    this.#ports.passed(server.socket)
    const { bytesIn, bytesOut } = await splice(socket, server, lead)
    this.#finish('served', bytesIn, bytesOut)
  }

  #end({ how, bytes }: Of<'end'>): void {
    const socket = this.#socket
    socket.off('data', this.#onData)
    if (how === 'client-left') socket.destroy()
    else closeGently(socket, bytes)
    this.#finish(how, socket.bytesRead, socket.bytesWritten)
  }

  #finish(end: ConnectionEnd, bytesIn: number, bytesOut: number): void {
    this.#over = true
    this.#stopTimers()
    const { opening, decision } = this.#machine
    const durationMs = this.#ports.now() - this.#startedAtMs
    const challenges = this.#challenges
    this.#resolve({ end, opening, decision, challenges, bytesIn, bytesOut, durationMs })
  }

  #stopTimers(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }
}

/**
 * Writes the last bytes and half-closes; what the client still sends is read and dropped, for closing with unread bytes
 * makes a reset that overtakes the sentence.
 */
export function closeGently(socket: Socket, bytes: Uint8Array | undefined): void {
  if (bytes !== undefined) socket.write(bytes)
  socket.end()
  socket.resume()
  const linger = setTimeout(() => {
    socket.destroy()
  }, LINGER_MS)
  socket.once('close', () => {
    clearTimeout(linger)
  })
}

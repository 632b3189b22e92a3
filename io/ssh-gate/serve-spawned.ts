import { spawn, type ChildProcess } from 'node:child_process'
import { type GateClient } from '../../gates/ssh/gate-client.ts'
import { type GateDecision } from '../../gates/ssh/gate-decision.ts'
import { newlyKnown, type KnownConnection } from '../../gates/ssh/known-connections.ts'
import { penaltySource } from '../../gates/ssh/penalties.ts'
import { exitPenalty, sshdArguments, stampFor } from '../../gates/ssh/spawned-sshd.ts'
import { mayStart, parseStartups } from '../../gates/ssh/startups.ts'
import { askApi } from './ask-api.ts'
import { type GateWorld, type WaitingSocket } from './gate-world.ts'
import { counted, type OpenListener } from './serve-client.ts'
import { idBytes } from './serve-proxied.ts'

/**
 * Hands a client that is low-risk by address and history to a sshd of its own: it gets the very connection as its standard
 * input and output, so that it sees the client's real address. False: not a byte was read, and the client goes through
 * the gate. Resolves when sshd runs.
 */
export async function serveSpawned(
  world: GateWorld,
  open: OpenListener,
  client: GateClient,
  waiting: WaitingSocket,
): Promise<boolean> {
  const { socket } = waiting
  const { sshd } = open.listener
  const decision = await askApi(world.ask, client, undefined)
  const stamp = stampFor(decision)
  if (stamp === undefined || socket.destroyed) return false
  const starting = world.starting.size
  if (!mayStart(parseStartups(sshd.maxStartups), starting, world.random())) {
    counted(world, open.listener, 'too-many-connections')
    world.logger.warn('too many connections that have not logged in', { starting })
    socket.destroy()
    return true
  }
  const known = { ...newlyKnown(client), connectionId: idBytes(decision.connectionId) }
  // A process group of its own: what ends the gate must not end sessions.
  const child = spawn(sshd.program, sshdArguments(sshd, stamp), {
    stdio: [socket, socket, 'ignore'],
    detached: true,
  })
  child.unref()
  watch(world, open, child, known, decision)
  // sshd has its own copies of the descriptor; closing ours does not end the connection.
  socket.destroy()
  return true
}

function watch(
  world: GateWorld,
  { listener }: OpenListener,
  child: ChildProcess,
  known: KnownConnection,
  decision: GateDecision,
): void {
  const { client } = known
  const startedAtMs = world.now()
  world.starting.add(child)
  const started = (): void => {
    clearTimeout(grace)
    world.starting.delete(child)
  }
  const grace = setTimeout(started, listener.sshd.loginGraceS * 1_000)
  grace.unref()
  known.loggedIn = started
  world.known.add(client.address, client.port, known)
  child.once('error', (error) => {
    started()
    world.metrics.count('ssh_gate_upstream_faults_total', 1, { to: 'spawn' })
    world.logger.error('sshd cannot be started', { error, program: listener.sshd.program })
    counted(world, listener, 'upstream-unavailable')
  })
  child.once('exit', (code, signal) => {
    started()
    counted(world, listener, 'served')
    const kind = exitPenalty(code, signal !== null)
    if (kind !== undefined && listener.authLog === undefined) {
      world.penalties.add(penaltySource(client.address), kind, world.now())
    }
    const durationMs = world.now() - startedAtMs
    world.outcomes.put(() => ({
      ...{ client, end: 'served', decision, challenges: [], durationMs },
      ...{ bytesIn: undefined, bytesOut: undefined, authenticated: known.authenticated },
    }))
  })
}

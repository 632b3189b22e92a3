import { type Socket } from 'node:net'
import { type ConnectionEnd } from '../../gates/ssh/connection-end.ts'
import { type GateClient } from '../../gates/ssh/gate-client.ts'
import { breakGlassDecision, type GateDecision } from '../../gates/ssh/gate-decision.ts'
import { type ClientOpening } from '../../gates/ssh/gate-events.ts'
import { type GateSettings } from '../../gates/ssh/gated-connection.ts'
import { newlyKnown, type KnownConnection } from '../../gates/ssh/known-connections.ts'
import { parseAddress } from '../../lib/client-entity.ts'
import { formatAdvert } from '../../protocols/challenge/advert.ts'
import { proxyHeaderV2 } from '../../protocols/proxy-protocol/write-proxy-header.ts'
import { frameDisconnect } from '../../protocols/ssh/packet-writer.ts'
import { askApi } from './ask-api.ts'
import { type GateWorld, type WaitingSocket } from './gate-world.ts'
import { closeGently, runConnection, type ConnectionPorts } from './run-connection.ts'
import { type OpenListener } from './serve-client.ts'
import { type OpenedUpstream } from './upstream.ts'
import { verifyAnswers } from './verify-answers.ts'

const UNREACHABLE = Buffer.concat([
  Buffer.from('SSH-2.0-Vestibule\r\n'),
  frameDisconnect(7, 'The server behind this gate does not answer. Try again in a minute.'),
])

/** Serves a client through the gate: greeting, decision, challenge, splice. Resolves with how it ended. */
export async function serveProxied(
  world: GateWorld,
  open: OpenListener,
  client: GateClient,
  waiting: WaitingSocket,
  first: Uint8Array | undefined,
): Promise<ConnectionEnd> {
  const { socket } = waiting
  const identification = await open.upstream.identification().catch((error: unknown) => {
    world.logger.warn('the server behind the gate does not answer', {
      error,
      ...open.upstream.endpoint,
    })
    return undefined
  })
  if (identification === undefined) {
    closeGently(socket, UNREACHABLE)
    return 'upstream-unavailable'
  }
  const known = newlyKnown(client)
  const ports = portsOf(world, open, known, waiting, settingsOf(world, open, identification))
  const report = await runConnection(socket, ports, first)
  known.loggedIn?.()
  world.outcomes.put(() => ({
    ...{ ...report, client, authenticated: known.authenticated },
    challenges: [...report.challenges, ...known.stepUp],
  }))
  world.metrics.observe('ssh_gate_connection_seconds', report.durationMs / 1_000, {
    end: report.end,
  })
  if (report.end === 'terminated' || report.end === 'challenge-failed') {
    const { decision } = report
    world.logger.info('connection refused', {
      ...{ client: client.ip, port: client.port, listener: client.listener, end: report.end },
      ...{ risk: decision?.risk, reason: decision?.code, decisionId: decision?.decisionId },
    })
  }
  return report.end
}

function settingsOf(world: GateWorld, open: OpenListener, identification: string): GateSettings {
  const { config, keys } = world
  return {
    serverIdentification: identification,
    advert: keys === undefined || open.listener.breakGlass ? undefined : formatAdvert(keys.public),
    keys,
    handshakeMs: config.limits.handshakeMs,
    hasStepUp: open.stepUp !== undefined,
    noStepUpBrakeMs: config.noStepUpBrakeMs,
  }
}

function portsOf(
  world: GateWorld,
  open: OpenListener,
  known: KnownConnection,
  waiting: WaitingSocket,
  settings: GateSettings,
): ConnectionPorts {
  const { client } = known
  return {
    settings,
    now: () => world.now(),
    decide: (opening: ClientOpening): Promise<GateDecision> =>
      open.listener.breakGlass
        ? Promise.resolve(breakGlassDecision())
        : askApi(world.ask, client, opening).then((decision) => {
            known.connectionId = idBytes(decision.connectionId)
            return decision
          }),
    verify: (command, token, decision) => verifyAnswers(world.ask, command, token, decision),
    open: (to) => openServer(world, open, client, waiting.socket, to),
    passed(server): void {
      world.halfOpen.leave(waiting)
      const peer = parseAddress(server.localAddress ?? '')
      if (peer !== undefined) world.known.add(peer, server.localPort ?? 0, known)
      if (!open.listener.breakGlass) cutUntilLoggedIn(world, known, waiting)
    },
  }
}

/** Until the log tells of its login the connection ends when its source is refused. */
function cutUntilLoggedIn(
  { unproven }: GateWorld,
  known: KnownConnection,
  { source, socket }: WaitingSocket,
): void {
  const connection = { cut: () => void socket.destroy() }
  unproven.add(source, connection)
  known.loggedIn = () => {
    unproven.remove(source, connection)
  }
}

export function idBytes(hex: string | undefined): Uint8Array | undefined {
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

async function openServer(
  world: GateWorld,
  open: OpenListener,
  client: GateClient,
  socket: Socket,
  to: 'usual' | 'step-up',
): Promise<OpenedUpstream> {
  const upstream = to === 'step-up' ? (open.stepUp ?? open.upstream) : open.upstream
  const header = open.listener.sendProxy === 'v2' ? headerFor(client, socket) : undefined
  try {
    return await upstream.open(header)
  } catch (error) {
    world.metrics.count('ssh_gate_upstream_faults_total', 1, { to })
    world.logger.warn('the server behind the gate could not take a client', {
      ...{ error, to, listener: client.listener, ...upstream.endpoint },
    })
    throw error
  }
}

function headerFor(client: GateClient, socket: Socket): Uint8Array {
  const local = parseAddress(socket.localAddress ?? '') ?? new Uint8Array(16)
  return proxyHeaderV2(client, { address: local, port: socket.localPort ?? 0 })
}

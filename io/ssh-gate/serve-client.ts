import { BlockList, isIPv6, type Socket } from 'node:net'
import { type ConnectionEnd, farewellOf } from '../../gates/ssh/connection-end.ts'
import { endPenalty } from '../../gates/ssh/end-penalty.ts'
import { type GateClient } from '../../gates/ssh/gate-client.ts'
import { type GateListener } from '../../gates/ssh/gate-config.ts'
import { penaltySource } from '../../gates/ssh/penalties.ts'
import { addressText, parseAddress } from '../../lib/client-entity.ts'
import { frameDisconnect } from '../../protocols/ssh/packet-writer.ts'
import { type GateWorld } from './gate-world.ts'
import { proxyHeaderOf } from './proxy-header.ts'
import { closeGently } from './run-connection.ts'
import { serveProxied } from './serve-proxied.ts'
import { serveSpawned } from './serve-spawned.ts'
import { type Upstream } from './upstream.ts'

/** A listener with the servers behind it. */
export interface OpenListener {
  readonly listener: GateListener
  readonly upstream: Upstream
  readonly stepUp: Upstream | undefined
  readonly proxies: BlockList
}

/** Said to clients that are turned away before the server behind was ever reached. */
const OWN_IDENTIFICATION = 'SSH-2.0-Vestibule'

/** Serves one accepted, paused socket to its end. Never rejects. */
export async function serveClient(
  world: GateWorld,
  open: OpenListener,
  socket: Socket,
): Promise<void> {
  socket.on('error', () => undefined)
  const { listener } = open
  const peer = { address: parseAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
  if (peer.address === undefined) {
    socket.destroy()
    return
  }
  const isProxy = isIn(open.proxies, peer.address)
  const proxied = isProxy ? await proxyHeaderOf(socket, world.config.limits.handshakeMs) : undefined
  if (isProxy && proxied === undefined) {
    counted(world, listener, 'bad-proxy-header')
    socket.destroy()
    return
  }
  const { address, port } = proxied?.source ?? { address: peer.address, port: peer.port }
  const client: GateClient = { address, port, ip: addressText(address), listener: listener.name }
  const refused = turnedAway(world, open, client)
  if (refused !== undefined) {
    turnAway(world, open, socket, refused)
    return
  }
  const waiting = { source: penaltySource(address), socket }
  const admission = world.halfOpen.admit(waiting)
  if (admission.kind === 'refused') {
    turnAway(world, open, socket, 'too-many-connections')
    return
  }
  if (admission.evicted !== undefined) {
    world.metrics.count('ssh_gate_evicted_total')
    admission.evicted.socket.destroy()
  }
  const spawned = listener.mode === 'spawn' && !isProxy && !listener.breakGlass
  try {
    if (spawned && (await serveSpawned(world, open, client, waiting))) return
    const end = await serveProxied(world, open, client, waiting, proxied?.rest)
    counted(world, listener, end)
    penalise(world, listener, client, end)
  } finally {
    world.halfOpen.leave(waiting)
  }
}

function turnedAway(
  world: GateWorld,
  { listener }: OpenListener,
  client: GateClient,
): ConnectionEnd | undefined {
  if (listener.breakGlass) return undefined
  const left = world.penalties.refusedFor(penaltySource(client.address), world.now())
  return left > 0 ? 'penalised' : undefined
}

/** A sentence and the end, for as little as it can be had: the client's bytes are not read. */
function turnAway(
  world: GateWorld,
  { listener, upstream }: OpenListener,
  socket: Socket,
  end: ConnectionEnd,
): void {
  counted(world, listener, end)
  const farewell = farewellOf(end)
  const greeting = Buffer.from(`${upstream.known() ?? OWN_IDENTIFICATION}\r\n`, 'latin1')
  const bytes =
    farewell === undefined
      ? greeting
      : Buffer.concat([greeting, frameDisconnect(farewell.code, farewell.sentence)])
  closeGently(socket, bytes)
}

export function penalise(
  world: GateWorld,
  listener: GateListener,
  client: GateClient,
  end: ConnectionEnd,
): void {
  const kind = endPenalty(end)
  if (kind === undefined || listener.breakGlass || isIn(world.exempt, client.address)) return
  if (!world.penalties.add(penaltySource(client.address), kind, world.now())) return
  world.metrics.count('ssh_gate_penalised_sources_total')
  world.logger.warn('source refused for a while', { client: client.ip, for: kind, end })
}

export function counted(world: GateWorld, listener: GateListener, end: ConnectionEnd): void {
  world.metrics.count('ssh_gate_connections_total', 1, { listener: listener.name, end })
}

export function isIn(list: BlockList, address: Uint8Array): boolean {
  const text = addressText(address)
  return list.check(text, isIPv6(text) ? 'ipv6' : 'ipv4')
}

/** Addresses and networks as a list to look in. Throws a sentence for what is none. */
export function blockListOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const bits = Number(prefix ?? (family === 'ipv6' ? 128 : 32))
    if (parseAddress(address) === undefined || !Number.isInteger(bits)) {
      throw new Error(`'${entry}' is not an address or network`)
    }
    list.addSubnet(address, bits, family)
  }
  return list
}

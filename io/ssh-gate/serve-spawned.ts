import { type GateClient } from '../../gates/ssh/gate-client.ts'
import { type GateWorld, type WaitingSocket } from './gate-world.ts'
import { type OpenListener } from './serve-client.ts'

/** Hands a client that is low-risk by address and history to a sshd of its own. False: it must go through the gate. */
export function serveSpawned(
  _world: GateWorld,
  _open: OpenListener,
  _client: GateClient,
  _waiting: WaitingSocket,
): Promise<boolean> {
  return Promise.resolve(false)
}

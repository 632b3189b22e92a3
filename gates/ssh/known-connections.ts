import { RecentMap } from '../../lib/recent-map.ts'
import { addressText } from '../../lib/client-entity.ts'
import { type GateClient } from './gate-client.ts'
import { type StepResult } from './gate-decision.ts'

/** A connection that was let through to a sshd, found again by the port that sshd sees. */
export interface KnownConnection {
  readonly client: GateClient
  /** 16 bytes; undefined when the API did not name it. */
  connectionId: Uint8Array | undefined
  /** Set by the log: it logged in. */
  authenticated: boolean
  /** Attempts the log told of. */
  attempts: number
  /** What the step-up server asked, and how it ended. */
  readonly stepUp: StepResult[]
  /** Called when the log tells of the login, or the connection is over. */
  loggedIn: (() => void) | undefined
}

export function newlyKnown(client: GateClient): KnownConnection {
  const nothing = {
    connectionId: undefined,
    authenticated: false,
    attempts: 0,
    loggedIn: undefined,
  }
  return { client, ...nothing, stepUp: [] }
}

/**
 * Connections by the address and port that sshd has as their peer: the gate's own socket in proxy mode, the client's in
 * spawn mode. Bounded: the log tells of a login within moments.
 */
export class KnownConnections {
  readonly #byPeer: RecentMap<string, KnownConnection>

  constructor(capacity: number) {
    this.#byPeer = new RecentMap(capacity)
  }

  add(peer: Uint8Array, port: number, known: KnownConnection): void {
    this.#byPeer.set(keyOf(peer, port), known)
  }

  find(peer: Uint8Array, port: number): KnownConnection | undefined {
    return this.#byPeer.get(keyOf(peer, port))
  }
}

function keyOf(address: Uint8Array, port: number): string {
  return `${addressText(address)}|${port}`
}

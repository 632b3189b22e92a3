import { type BlockList, type Socket } from 'node:net'
import { type GateConfig } from '../../gates/ssh/gate-config.ts'
import { type HalfOpen } from '../../gates/ssh/half-open.ts'
import { type KnownConnections } from '../../gates/ssh/known-connections.ts'
import { type Penalties } from '../../gates/ssh/penalties.ts'
import { type Unproven, type UnprovenConnection } from '../../gates/ssh/unproven.ts'
import { type GateKeys } from '../../protocols/challenge/gate-keys.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type AskPorts } from './ask-api.ts'
import { type OutcomeSender } from './outcome-sender.ts'

/** A connection that has not got past the gate. */
export interface WaitingSocket {
  readonly source: string
  readonly socket: Socket
}

/** What all connections of one gate process share. */
export interface GateWorld {
  readonly config: GateConfig
  /** Undefined: nothing is challenged here. */
  readonly keys: GateKeys | undefined
  readonly ask: AskPorts
  readonly outcomes: OutcomeSender
  readonly halfOpen: HalfOpen<WaitingSocket>
  readonly penalties: Penalties
  /** Never penalised. */
  readonly exempt: BlockList
  readonly known: KnownConnections
  /** Let through, and not logged in as far as the log tells. */
  readonly unproven: Unproven<UnprovenConnection>
  /** Connections that are open, logged in or not. */
  readonly sockets: Set<Socket>
  /** A sshd each that was started for a client which has not logged in yet. */
  readonly starting: Set<object>
  readonly metrics: Metrics
  readonly logger: Logger
  /** Milliseconds, monotonic. */
  now(): number
  /** 0 to 1. */
  random(): number
}

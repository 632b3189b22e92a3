import { type ConnectionEnd } from './connection-end.ts'
import { type GateClient } from './gate-client.ts'
import { type GateDecision, type StepResult } from './gate-decision.ts'

export interface EndedConnection {
  readonly client: GateClient
  readonly end: ConnectionEnd
  readonly decision: GateDecision | undefined
  readonly challenges: readonly StepResult[]
  /** Undefined where the bytes do not go through the gate. */
  readonly bytesIn: number | undefined
  readonly bytesOut: number | undefined
  readonly durationMs: number
  readonly authenticated: boolean
}

/** The body of POST /v1/outcomes; undefined for a connection of which nothing was decided by the API. */
export function outcomeReport(ended: EndedConnection, gate: string): object | undefined {
  const { client, end, decision, challenges, bytesIn, bytesOut, durationMs, authenticated } = ended
  if (decision?.decisionId === undefined) return undefined
  return {
    decisionId: decision.decisionId,
    ...(decision.connectionId === undefined ? {} : { connectionId: decision.connectionId }),
    client: { ip: client.ip, port: client.port },
    listener: client.listener,
    result: end === 'served' ? 'completed' : 'failed',
    authenticated,
    durationMs,
    bytesIn,
    bytesOut,
    terminationState: end,
    actor: gate,
    ...(challenges.length === 0 ? {} : { challenges }),
  }
}

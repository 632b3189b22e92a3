import { type AnyRecord } from '../../lib/codec/codec.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Decision, type Reason } from '../../schemas/generated/records.ts'
import { type Verdict } from '../decisions/client-verdict.ts'
import { gateStamp, type GateConnection } from '../decisions/gate-connection.ts'
import { type ServerFacts } from '../decisions/server-view.ts'
import { type Api } from './api.ts'

/** What was decided, in the form that every kind of decision shares. */
export interface Settled {
  readonly kind: Decision['kind']
  readonly connection: GateConnection
  readonly connectionId: Uint8Array | null
  readonly verdict: Verdict
  readonly answer: string
  readonly wouldBe: string
  readonly shadow: boolean
  readonly threshold: number
  readonly band: Decision['band']
  readonly server: ServerFacts | undefined
  readonly fingerprint: string | null
  readonly sni: string | null
  /** Behaviour group, where a data server was asked for. */
  readonly group?: string
  readonly reasons: readonly Reason[]
  /** Of the monotonic clock, milliseconds. */
  readonly startedAt: number
}

/** Ids and versions that every answer carries. */
export interface Common {
  readonly decisionId: string
  readonly connectionId: string | null
  readonly shadow: boolean
  readonly band: Decision['band']
  readonly decidedBy: string
  readonly ground: string
  readonly reasons: readonly Reason[]
  readonly fault: string | null
  readonly ageMs: number | null
  readonly policyVersion: string
  readonly modelVersion: string
}

/** Records a decision without waiting and gives the part of the answer that is common to all. */
export function settle(settled: Settled, api: Api, decisionId = api.freshId()): Common {
  const { verdict, connection } = settled
  const policyVersion = api.state.policy.version
  const latencyUs = (api.monotonic() - settled.startedAt) * 1000
  api.put('Decision', () => decisionRecord(settled, decisionId, policyVersion, latencyUs))
  const hex = hexOf(decisionId)
  api.recent.set(hex, {
    clientAddress: connection.clientAddress,
    clientPort: connection.clientPort,
    listener: connection.listener,
    fingerprint: settled.fingerprint,
    connectionId: settled.connectionId,
    server: settled.server?.id ?? null,
    sni: settled.sni,
    group: settled.group ?? null,
  })
  api.metrics.count('decisions_total', 1, { kind: settled.kind, decidedBy: verdict.decidedBy })
  api.metrics.observe('decision_seconds', latencyUs / 1e6, { kind: settled.kind })
  return {
    decisionId: hex,
    connectionId: settled.connectionId === null ? null : hexOf(settled.connectionId),
    shadow: settled.shadow,
    band: settled.band,
    decidedBy: verdict.decidedBy,
    ground: verdict.ground,
    reasons: settled.reasons,
    fault: verdict.fault,
    ageMs: verdict.ageMs,
    policyVersion,
    modelVersion: verdict.modelVersion,
  }
}

/** A server as answers name it. */
export function serverOf(
  server: ServerFacts | undefined,
): { readonly id: string; readonly host: string; readonly port: number } | null {
  return server === undefined ? null : { id: server.id, host: server.host, port: server.port }
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** The bytes of hex digits that were checked before. */
export function bytesOf(hex: string | undefined): Uint8Array | null {
  return hex === undefined ? null : new Uint8Array(Buffer.from(hex, 'hex'))
}

function decisionRecord(
  settled: Settled,
  decisionId: Uint8Array,
  policyVersion: string,
  latencyUs: number,
): AnyRecord {
  const { verdict, connection } = settled
  return {
    type: 'Decision',
    record: {
      ...gateStamp(connection),
      eventId: eventId('Decision', decisionId, 0),
      connectionId: settled.connectionId,
      decisionId,
      kind: settled.kind,
      answer: settled.answer,
      wouldBe: settled.wouldBe,
      shadow: settled.shadow,
      server: settled.server?.id ?? null,
      score: verdict.score,
      threshold: settled.threshold,
      band: settled.band,
      decidedBy: verdict.decidedBy,
      fault: verdict.fault,
      fingerprint: settled.fingerprint,
      sni: settled.sni,
      reasons: settled.reasons,
      scoreAgeMs: verdict.ageMs,
      latencyUs,
      policyVersion,
      modelVersion: verdict.modelVersion,
      gate: connection.gate,
    },
  }
}

import { UNKNOWN_PLACE, type ConnectionStamp } from '../../lib/connection-stamp.ts'
import { eventId } from '../../lib/event-id.ts'
import { type AddressMap } from '../../lib/pseudonym.ts'
import { type Outcome, type TlsHandshake } from '../../schemas/generated/records.ts'
import { type ConnectionEnd } from './connection-end.ts'
import { judgeEnd } from './judge-end.ts'
import { tlsAlert } from './tls-alert.ts'

/** Who reads the log. */
export interface Reader {
  readonly sensor: string
  readonly site: string
  readonly addresses: AddressMap
}

/** What became of a connection. The same line gives the same id, whichever file it is read from. */
export function outcomeRecord(end: ConnectionEnd, reader: Reader, nowUs: number): Outcome {
  const judged = judgeEnd(end)
  const { reference, tier, clientPort, acceptedMs } = end
  const address = reader.addresses.of(end.clientAddress)
  const about = [
    reader.site,
    tier,
    reference?.decisionId ?? '',
    Buffer.from(address).toString('hex'),
    clientPort,
    acceptedMs,
  ].join('|')
  return {
    ...stampOf(end, reader, nowUs),
    eventId: eventId('Outcome', about, 0),
    connectionId: bytesOf(reference?.connectionId),
    decisionId: bytesOf(reference?.decisionId),
    result: judged.result,
    server: judged.server,
    group: end.group,
    latencyMs: null,
    objectiveMs: null,
    fingerprint: reference?.fingerprint ?? null,
    durationMs: end.durationMs,
    bytesIn: end.kind === 'session' ? end.bytesIn : null,
    bytesOut: end.kind === 'session' ? end.bytesOut : null,
    terminationState: end.terminationState,
    // What the agent was told in the handshake it has published: a proof counts once.
    authenticated: judged.result === 'completed' && end.certificate === 'verified' && !end.answered,
    challenges: judged.challenges,
    actor: `haproxy ${tier}`,
    reason: judged.reason,
    revokes: null,
  }
}

/**
 * A handshake that failed, where OpenSSL says how; one that finished the agent has published. Undefined
 * otherwise, and for one that our own retry made fail: that is told by the outcome's challenge alone.
 */
export function handshakeRecord(
  end: ConnectionEnd,
  reader: Reader,
  nowUs: number,
): TlsHandshake | undefined {
  const alert = end.kind === 'error' ? tlsAlert(end.tlsError) : undefined
  if (alert === undefined || end.check === 'retry') return undefined
  const { reference } = end
  const connectionId = bytesOf(reference?.connectionId)
  const stamp = stampOf(end, reader, nowUs)
  const otherwise = `${reader.site}|${end.listener}|${Buffer.from(stamp.clientAddress).toString('hex')}|${end.clientPort}|${end.acceptedMs}`
  return {
    ...stamp,
    eventId: eventId('TlsHandshake', connectionId ?? otherwise, 0),
    connectionId,
    result: 'failed',
    helloCount: 1,
    ja4: null,
    stableKey: reference?.fingerprint ?? null,
    sni: null,
    serverVersion: null,
    serverCipher: null,
    serverGroup: null,
    serverAlpn: null,
    helloRetry: false,
    downgradeSentinel: false,
    resumed: null,
    certificateRequested: null,
    clientCertificate: 'none',
    alertFrom: alert.from,
    alertDescription: alert.from === 'client' ? alert.description : null,
    handshakeMs: null,
    durationMs: end.durationMs ?? 0,
    rttMs: null,
    bytesFromClient: 0,
    bytesFromServer: 0,
  }
}

function stampOf(end: ConnectionEnd, reader: Reader, nowUs: number): ConnectionStamp {
  return {
    observedAt: Math.round((end.acceptedMs + (end.durationMs ?? 0)) * 1_000),
    ingestedAt: nowUs,
    sensor: reader.sensor,
    site: reader.site,
    listener: end.listener,
    source: 'log',
    clientAddress: reader.addresses.of(end.clientAddress),
    clientPort: end.clientPort,
    serverAddress: NO_ADDRESS,
    serverPort: 0,
    addressForm: reader.addresses.form,
    ...UNKNOWN_PLACE,
    coverageDirections: 'none',
    coverageLostBytes: 0,
    // HAProxy talked to it.
    handshakeProven: true,
  }
}

const NO_ADDRESS = new Uint8Array(16)

function bytesOf(hex: string | null | undefined): Uint8Array | null {
  return hex === null || hex === undefined ? null : new Uint8Array(Buffer.from(hex, 'hex'))
}

import { type TlsHandshake } from '../../schemas/generated/records.ts'
import { eventId } from '../../lib/event-id.ts'
import { type HandshakeFact } from '../../protocols/tls/tls-facts.ts'
import {
  type ConnectionIdentity,
  envelope,
  flowText,
  millisecondsFrom,
  type Sensor,
} from './envelope.ts'

/** What is remembered of a connection's first hello. */
export interface FirstHello {
  readonly ja4: string | null
  readonly stableKey: string | null
  readonly sni: string | null
}

/** The record of a handshake's end. */
export function tlsHandshakeRecord(
  sensor: Sensor,
  identity: ConnectionIdentity,
  fact: HandshakeFact,
  first: FirstHello | undefined,
): TlsHandshake {
  const { facts } = identity
  const { summary } = fact
  const { helloAt, clientFinishedAt } = summary
  const about = identity.connectionId ?? flowText(identity)
  return {
    ...envelope(sensor, identity, eventId('TlsHandshake', about, 0), fact.at),
    result: fact.result,
    ja4: first?.ja4 ?? null,
    stableKey: first?.stableKey ?? null,
    sni: first?.sni ?? null,
    helloCount: summary.helloCount,
    serverVersion: summary.serverVersion,
    serverCipher: summary.serverCipher,
    serverGroup: summary.serverGroup,
    serverAlpn: summary.serverAlpn,
    helloRetry: summary.helloRetry,
    downgradeSentinel: summary.downgradeSentinel,
    resumed: summary.resumed,
    certificateRequested: summary.certificateRequested,
    clientCertificate: summary.clientCertificate,
    alertFrom: summary.alertFrom,
    alertDescription: summary.alertDescription,
    handshakeMs: clientFinishedAt === null ? null : millisecondsFrom(helloAt, clientFinishedAt),
    durationMs: (fact.at - facts.startedAt) / 1000,
    rttMs: facts.rttMs,
    bytesFromClient: facts.bytesFromClient,
    bytesFromServer: facts.bytesFromServer,
  }
}

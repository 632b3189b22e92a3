import { type TlsHello } from '../../schemas/generated/records.ts'
import { eventId } from '../../lib/event-id.ts'
import { type TlsFingerprint } from '../../protocols/tls/fingerprint.ts'
import { helloFields } from '../../protocols/tls/hello-fields.ts'
import { type HelloFact } from '../../protocols/tls/tls-facts.ts'
import {
  type ConnectionIdentity,
  envelope,
  flowText,
  millisecondsFrom,
  type Sensor,
} from './envelope.ts'

/** The record of one ClientHello. Everything in it is a copy: the fact's views may be reused. */
export function tlsHelloRecord(
  sensor: Sensor,
  identity: ConnectionIdentity,
  fact: HelloFact,
  fingerprint: TlsFingerprint | undefined,
  proxied: boolean,
): TlsHello {
  const { hello, timing } = fact
  const { facts } = identity
  const about = identity.connectionId ?? flowText(identity)
  const id = eventId('TlsHello', about, fact.ordinal)
  const seen = envelope(sensor, identity, id, timing.completeAt)
  // One spread, and it comes first: a second one costs several times the whole record.
  return {
    ...helloFields(hello),
    eventId: seen.eventId,
    observedAt: seen.observedAt,
    ingestedAt: seen.ingestedAt,
    sensor: seen.sensor,
    site: seen.site,
    connectionId: seen.connectionId,
    listener: seen.listener,
    source: seen.source,
    clientAddress: seen.clientAddress,
    clientPort: seen.clientPort,
    serverAddress: seen.serverAddress,
    serverPort: seen.serverPort,
    addressForm: seen.addressForm,
    country: seen.country,
    asn: seen.asn,
    latitude: seen.latitude,
    longitude: seen.longitude,
    coverageDirections: seen.coverageDirections,
    coverageLostBytes: seen.coverageLostBytes,
    handshakeProven: seen.handshakeProven,
    vlanId: facts.vlanId,
    tunnel: facts.tunnel,
    proxied,
    ordinal: fact.ordinal,
    answersRetry: fact.answersRetry,
    recordVersion: fact.recordVersion,
    ja3: fingerprint?.ja3 ?? null,
    ja3Hash: fingerprint?.ja3Hash ?? null,
    ja4: fingerprint?.ja4 ?? null,
    stableKey: fingerprint?.stableKey ?? null,
    length: hello.length,
    synToHelloMs: millisecondsFrom(facts.synAt, timing.firstByteAt),
    helloSpanMs: (timing.completeAt - timing.firstByteAt) / 1000,
    segments: Math.min(timing.segments, 65_535),
    largestGapMs: timing.largestGapUs / 1000,
    smallestGapMs: timing.smallestGapUs / 1000,
    rttMs: facts.rttMs,
  }
}

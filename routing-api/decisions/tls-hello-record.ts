import { eventId } from '../../lib/event-id.ts'
import { type ClientHello } from '../../protocols/tls/client-hello.ts'
import { type TlsFingerprint } from '../../protocols/tls/fingerprint.ts'
import { helloFields } from '../../protocols/tls/hello-fields.ts'
import { type TlsHello } from '../../schemas/generated/records.ts'
import { gateStamp, type GateConnection } from './gate-connection.ts'

/** A ClientHello presented by a gate as the record a sensor would have made of it; times are unknown. */
export function tlsHelloRecord(
  hello: ClientHello,
  fingerprint: TlsFingerprint | undefined,
  connection: GateConnection,
  connectionId: Uint8Array,
): TlsHello {
  const stamp = gateStamp(connection)
  // One spread, and it comes first: a second one costs as much as the rest of the record.
  return {
    ...helloFields(hello),
    eventId: eventId('TlsHello', connectionId, 0),
    observedAt: stamp.observedAt,
    ingestedAt: stamp.ingestedAt,
    sensor: stamp.sensor,
    site: stamp.site,
    connectionId: connection.clientPort === 0 ? null : connectionId,
    listener: stamp.listener,
    source: stamp.source,
    clientAddress: stamp.clientAddress,
    clientPort: stamp.clientPort,
    serverAddress: stamp.serverAddress,
    serverPort: stamp.serverPort,
    addressForm: stamp.addressForm,
    country: stamp.country,
    asn: stamp.asn,
    latitude: stamp.latitude,
    longitude: stamp.longitude,
    coverageDirections: stamp.coverageDirections,
    coverageLostBytes: stamp.coverageLostBytes,
    handshakeProven: stamp.handshakeProven,
    ja3: fingerprint?.ja3 ?? null,
    ja3Hash: fingerprint?.ja3Hash ?? null,
    ja4: fingerprint?.ja4 ?? null,
    stableKey: fingerprint?.stableKey ?? null,
    length: hello.length,
    vlanId: null,
    tunnel: null,
    proxied: false,
    ordinal: 0,
    answersRetry: false,
    recordVersion: 0,
    synToHelloMs: null,
    helloSpanMs: 0,
    segments: 0,
    largestGapMs: 0,
    smallestGapMs: 0,
    rttMs: null,
  }
}

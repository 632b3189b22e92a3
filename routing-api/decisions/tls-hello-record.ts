import { hash } from 'node:crypto'
import { connectionId, eventId } from '../../lib/event-id.ts'
import { printable } from '../../protocols/printable.ts'
import { type ClientHello } from '../../protocols/tls/client-hello.ts'
import { type TlsFingerprint } from '../../protocols/tls/fingerprint.ts'
import { EXTENSION, FALLBACK_SCSV, isGrease } from '../../protocols/tls/registry.ts'
import { type TlsHello } from '../../schemas/generated/records.ts'

/** What a gate says of the connection it asks for. */
export interface GateConnection {
  readonly clientAddress: Uint8Array
  /** 0 when unknown. */
  readonly clientPort: number
  readonly listener: string
  readonly gate: string
  readonly site: string
  readonly nowMs: number
}

const NO_ADDRESS = new Uint8Array(16)

/** What every record made from a gate's word carries. A gate talked to the client: its address is proven. */
export function gateStamp(connection: GateConnection): {
  readonly observedAt: number
  readonly ingestedAt: number
  readonly sensor: string
  readonly site: string
  readonly listener: string
  readonly source: 'gate'
  readonly clientAddress: Uint8Array
  readonly clientPort: number
  readonly serverAddress: Uint8Array
  readonly serverPort: number
  readonly addressForm: 'clear'
  readonly country: null
  readonly asn: null
  readonly latitude: null
  readonly longitude: null
  readonly coverageDirections: 'client'
  readonly coverageLostBytes: number
  readonly handshakeProven: boolean
} {
  const at = Math.round(connection.nowMs * 1000)
  return {
    observedAt: at,
    ingestedAt: at,
    sensor: connection.gate,
    site: connection.site,
    listener: connection.listener,
    source: 'gate',
    clientAddress: connection.clientAddress,
    clientPort: connection.clientPort,
    serverAddress: NO_ADDRESS,
    serverPort: 0,
    addressForm: 'clear',
    country: null,
    asn: null,
    latitude: null,
    longitude: null,
    coverageDirections: 'client',
    coverageLostBytes: 0,
    handshakeProven: true,
  }
}

/** A ClientHello presented by a gate as the record a sensor would have made of it; times are unknown. */
export function tlsHelloRecord(
  hello: ClientHello,
  fingerprint: TlsFingerprint | undefined,
  connection: GateConnection,
): TlsHello {
  const { clientAddress, clientPort } = connection
  const id = connectionId(clientAddress, clientPort, hello.random)
  return {
    eventId: eventId('TlsHello', id, 0),
    connectionId: clientPort === 0 ? null : id,
    ...gateStamp(connection),
    ...saidBy(hello),
    ...presence(hello.extensions),
    ja3: fingerprint?.ja3 ?? null,
    ja3Hash: fingerprint?.ja3Hash ?? null,
    ja4: fingerprint?.ja4 ?? null,
    stableKey: fingerprint?.stableKey ?? null,
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

function saidBy(hello: ClientHello) {
  const { serverName } = hello
  return {
    legacyVersion: hello.legacyVersion,
    supportedVersions: hello.supportedVersions,
    cipherSuites: hello.cipherSuites,
    compressionMethods: hello.compressionMethods,
    extensions: hello.extensions,
    supportedGroups: hello.supportedGroups,
    ecPointFormats: hello.ecPointFormats,
    keyShareGroups: hello.keyShares.map((share) => share.group),
    keyShareDigests: hello.keyShares.map((share) => digest8(share.keyExchange)),
    signatureAlgorithms: hello.signatureAlgorithms,
    signatureAlgorithmsCert: hello.signatureAlgorithmsCert,
    pskModes: hello.pskModes,
    alpn: hello.alpn.map((name) => printable(name)),
    sni: 'name' in serverName ? serverName.name : null,
    sniForm: serverName.form,
    random: hello.random.slice(),
    sessionIdLength: hello.sessionId.length,
    sessionIdDigest: hello.sessionId.length === 0 ? null : digest8(hello.sessionId),
    pskIdentityDigest: hello.pskIdentity === undefined ? null : digest8(hello.pskIdentity),
    offersTicket: hello.offersTicket,
    certificateAuthorities: hello.certificateAuthorities,
    compressCertificate: hello.compressCertificate,
    clientCertificateTypes: hello.clientCertificateTypes,
    serverCertificateTypes: hello.serverCertificateTypes,
    encryptedClientHello: hello.encryptedClientHello,
    greaseCipher: hello.cipherSuites.find(isGrease) ?? null,
    greaseExtensions: hello.extensions.filter(isGrease),
    fallbackScsv: hello.cipherSuites.includes(FALLBACK_SCSV),
    length: hello.length,
  } satisfies Partial<TlsHello>
}

function presence(extensions: readonly number[]) {
  return {
    offersPsk: extensions.includes(EXTENSION.preSharedKey),
    offersEarlyData: extensions.includes(EXTENSION.earlyData),
    statusRequest: extensions.includes(EXTENSION.statusRequest),
    signedCertificateTimestamp: extensions.includes(EXTENSION.signedCertificateTimestamp),
    postHandshakeAuth: extensions.includes(EXTENSION.postHandshakeAuth),
  } satisfies Partial<TlsHello>
}

/** First 8 bytes of SHA-256. */
function digest8(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer').subarray(0, 8)
}

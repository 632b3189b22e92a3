import { exampleRecord } from '../support/example-record.ts'
import { parseAddress } from '../../lib/client-entity.ts'
import { eventId } from '../../lib/event-id.ts'
import {
  type Population,
  type Outcome,
  type SshAuthAttempt,
  type SshConnection,
  type SshSession,
  type TlsHandshake,
  type TlsHello,
} from '../../schemas/generated/records.ts'

/** 1 March 2026, microseconds. */
export const T0 = Date.UTC(2026, 2, 1) * 1000
export const SECOND = 1_000_000

let made = 0

/** Head of any client event: what a tap in front of a loopback server says. */
function head(client: string, at: number) {
  made += 1
  return {
    eventId: eventId('TlsHello', `test-${made}`, 0),
    observedAt: at,
    ingestedAt: at,
    sensor: 'test',
    site: 'here',
    connectionId: null,
    listener: 'web',
    source: 'tap' as const,
    clientAddress: parseAddress(client) ?? new Uint8Array(16),
    clientPort: 1024 + (made % 60_000),
    serverAddress: parseAddress('192.0.2.200') ?? new Uint8Array(16),
    serverPort: 443,
    addressForm: 'clear' as const,
    country: null,
    asn: null,
    latitude: null,
    longitude: null,
    coverageDirections: 'both' as const,
    coverageLostBytes: 0,
    handshakeProven: true,
  }
}

/** 32 bytes that look random and differ by `seed`. */
export function nonce(seed: number, length = 32): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (seed + 1) * 2654435761
  for (let i = 0; i < length; i += 1) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    bytes[i] = (state >>> 11) & 0xff
  }
  return bytes
}

export function tlsHello(client: string, at: number, fields: Partial<TlsHello> = {}): TlsHello {
  const base = head(client, at)
  return {
    ...base,
    vlanId: null,
    tunnel: null,
    proxied: false,
    ordinal: 0,
    answersRetry: false,
    recordVersion: 0x0301,
    legacyVersion: 0x0303,
    supportedVersions: [0x0304, 0x0303],
    cipherSuites: [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f],
    compressionMethods: [0],
    extensions: [0, 10, 11, 13, 16, 43, 45, 51],
    supportedGroups: [29, 23, 24],
    ecPointFormats: [0],
    keyShareGroups: [29],
    keyShareDigests: [nonce(made + 7_000_000, 8)],
    signatureAlgorithms: [0x0403, 0x0804],
    signatureAlgorithmsCert: [],
    pskModes: [1],
    alpn: ['h2', 'http/1.1'],
    sni: 'www.example.org',
    sniForm: 'name',
    random: nonce(made),
    sessionIdLength: 32,
    sessionIdDigest: nonce(made + 9_000_000, 8),
    offersPsk: false,
    pskIdentityDigest: null,
    offersTicket: false,
    offersEarlyData: false,
    statusRequest: false,
    signedCertificateTimestamp: false,
    certificateAuthorities: 0,
    postHandshakeAuth: false,
    compressCertificate: [],
    clientCertificateTypes: [],
    serverCertificateTypes: [],
    encryptedClientHello: 'absent',
    greaseCipher: null,
    greaseExtensions: [],
    fallbackScsv: false,
    ja3: 'x',
    ja3Hash: 'x',
    ja4: 't13d0508h2_example',
    stableKey: 't13d0508h2_example',
    length: 250,
    synToHelloMs: 1,
    helloSpanMs: 0,
    segments: 1,
    largestGapMs: 0,
    smallestGapMs: 0,
    rttMs: 1,
    ...fields,
  }
}

export function tlsHandshake(
  client: string,
  at: number,
  fields: Partial<TlsHandshake> = {},
): TlsHandshake {
  return {
    ...head(client, at),
    result: 'finished',
    helloCount: 1,
    ja4: 't13d0508h2_example',
    stableKey: 't13d0508h2_example',
    sni: null,
    serverVersion: 0x0304,
    serverCipher: 0x1301,
    serverGroup: 29,
    serverAlpn: null,
    helloRetry: false,
    downgradeSentinel: false,
    resumed: null,
    certificateRequested: null,
    clientCertificate: 'unknown',
    alertFrom: null,
    alertDescription: null,
    handshakeMs: 3,
    durationMs: 10,
    rttMs: 1,
    bytesFromClient: 900,
    bytesFromServer: 4000,
    ...fields,
  }
}

export function sshConnection(
  client: string,
  at: number,
  fields: Partial<SshConnection> = {},
): SshConnection {
  return {
    ...head(client, at),
    listener: 'ssh',
    vlanId: null,
    tunnel: null,
    stage: 'kexinit',
    clientIdentification: 'SSH-2.0-OpenSSH_9.2p1',
    serverIdentification: 'SSH-2.0-OpenSSH_9.2p1',
    preBannerLines: 0,
    clientKexAlgorithms: 'sntrup761x25519-sha512@openssh.com,curve25519-sha256',
    clientHostKeyAlgorithms: 'ssh-ed25519',
    clientEncryptionToServer: 'chacha20-poly1305@openssh.com,aes128-ctr',
    clientEncryptionToClient: 'chacha20-poly1305@openssh.com,aes128-ctr',
    clientMacToServer: 'hmac-sha2-256-etm@openssh.com',
    clientMacToClient: 'hmac-sha2-256-etm@openssh.com',
    clientCompressionToServer: 'none',
    clientCompressionToClient: 'none',
    serverKexAlgorithms: null,
    serverHostKeyAlgorithms: null,
    serverEncryptionToServer: null,
    serverEncryptionToClient: null,
    serverMacToServer: null,
    serverMacToClient: null,
    serverCompressionToServer: null,
    serverCompressionToClient: null,
    clientFirstKexPacketFollows: false,
    clientReserved: 0,
    cookie: nonce(made, 16),
    hassh: '00000000000000000000000000000001',
    hasshServer: null,
    strictKex: null,
    kex: null,
    hostKey: null,
    cipherToServer: null,
    macToServer: null,
    bannerDelayMs: 1,
    kexInitDelayMs: 1,
    rttMs: 1,
    ...fields,
  }
}

export function sshSession(
  client: string,
  at: number,
  fields: Partial<SshSession> = {},
): SshSession {
  return {
    ...head(client, at),
    listener: 'ssh',
    hassh: '00000000000000000000000000000001',
    result: 'authenticated',
    confidence: 0.9,
    attempts: 1,
    ended: 'fin',
    durationMs: 500,
    rttMs: 1,
    bytesFromClient: 3000,
    bytesFromServer: 4000,
    ...fields,
  }
}

export function sshAttempt(
  client: string,
  at: number,
  fields: Partial<SshAuthAttempt> = {},
): SshAuthAttempt {
  return {
    ...head(client, at),
    listener: 'ssh',
    source: 'log',
    ordinal: 0,
    user: 'alice',
    userForm: 'clear',
    userExists: true,
    method: 'password',
    result: 'failed',
    keyFingerprint: null,
    processId: 1,
    ...fields,
  }
}

export function outcome(client: string, at: number, fields: Partial<Outcome> = {}): Outcome {
  return {
    ...head(client, at),
    source: 'gate',
    decisionId: null,
    result: 'completed',
    server: null,
    group: null,
    latencyMs: null,
    objectiveMs: null,
    fingerprint: null,
    durationMs: null,
    bytesIn: null,
    bytesOut: null,
    terminationState: null,
    authenticated: false,
    challenges: [],
    actor: null,
    reason: null,
    revokes: null,
    ...fields,
  }
}

/** What the second fold says of a TLS fingerprint, or of all of them: so many clients, half of them hostile. */
export function populationRow(
  kind: 'fp' | 'global',
  key: string,
  at: number,
  weight: number,
): Population {
  return exampleRecord('Population', {
    ...{ observedAt: at, ingestedAt: at, asOf: at, kind, key, protocol: 'tls' },
    ...{ weight, fastWeight: weight, total: weight, distinct: 4, hostile: weight / 2 },
    ...{ trusted: weight / 4, quantiles: [] },
  })
}

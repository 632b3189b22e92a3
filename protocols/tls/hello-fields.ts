import { hash } from 'node:crypto'
import { type TlsHello } from '../../schemas/generated/records.ts'
import { printable } from '../printable.ts'
import { type ClientHello } from './client-hello.ts'
import { EXTENSION, FALLBACK_SCSV, isGrease } from './registry.ts'

/** The fields of TlsHello that the hello's own bytes give. */
export type HelloFields = Pick<
  TlsHello,
  | 'legacyVersion'
  | 'supportedVersions'
  | 'cipherSuites'
  | 'compressionMethods'
  | 'extensions'
  | 'supportedGroups'
  | 'ecPointFormats'
  | 'keyShareGroups'
  | 'keyShareDigests'
  | 'signatureAlgorithms'
  | 'signatureAlgorithmsCert'
  | 'pskModes'
  | 'alpn'
  | 'sni'
  | 'sniForm'
  | 'random'
  | 'sessionIdLength'
  | 'sessionIdDigest'
  | 'offersPsk'
  | 'pskIdentityDigest'
  | 'offersTicket'
  | 'offersEarlyData'
  | 'statusRequest'
  | 'signedCertificateTimestamp'
  | 'certificateAuthorities'
  | 'postHandshakeAuth'
  | 'compressCertificate'
  | 'clientCertificateTypes'
  | 'serverCertificateTypes'
  | 'encryptedClientHello'
  | 'greaseCipher'
  | 'greaseExtensions'
  | 'fallbackScsv'
>

/** What a ClientHello says, in the words of the schema; also for hellos that a gate hands in. */
export function helloFields(hello: ClientHello): HelloFields {
  const { extensions, serverName, sessionId, pskIdentity } = hello
  const offers = (type: number): boolean => extensions.includes(type)
  return {
    legacyVersion: hello.legacyVersion,
    supportedVersions: hello.supportedVersions,
    cipherSuites: hello.cipherSuites,
    compressionMethods: hello.compressionMethods,
    extensions: extensions,
    supportedGroups: hello.supportedGroups,
    ecPointFormats: hello.ecPointFormats,
    keyShareGroups: hello.keyShares.map((share) => share.group),
    keyShareDigests: hello.keyShares.map((share) => digest64(share.keyExchange)),
    signatureAlgorithms: hello.signatureAlgorithms,
    signatureAlgorithmsCert: hello.signatureAlgorithmsCert,
    pskModes: hello.pskModes,
    alpn: hello.alpn.map((name) => printable(name)),
    sni: 'name' in serverName ? serverName.name : null,
    sniForm: serverName.form,
    // Buffers, which the codec writes as they are.
    random: Buffer.from(hello.random),
    sessionIdLength: sessionId.length,
    sessionIdDigest: sessionId.length === 0 ? null : digest64(sessionId),
    offersPsk: offers(EXTENSION.preSharedKey),
    pskIdentityDigest: pskIdentity === undefined ? null : digest64(pskIdentity),
    offersTicket: hello.offersTicket,
    offersEarlyData: offers(EXTENSION.earlyData),
    statusRequest: offers(EXTENSION.statusRequest),
    signedCertificateTimestamp: offers(EXTENSION.signedCertificateTimestamp),
    certificateAuthorities: hello.certificateAuthorities,
    postHandshakeAuth: offers(EXTENSION.postHandshakeAuth),
    compressCertificate: hello.compressCertificate,
    clientCertificateTypes: hello.clientCertificateTypes,
    serverCertificateTypes: hello.serverCertificateTypes,
    encryptedClientHello: hello.encryptedClientHello,
    greaseCipher: hello.cipherSuites.find(isGrease) ?? null,
    greaseExtensions: extensions.filter(isGrease),
    fallbackScsv: hello.cipherSuites.includes(FALLBACK_SCSV),
  }
}

/** First 8 bytes of SHA-256. */
function digest64(bytes: Uint8Array): Uint8Array {
  // By way of text: as a buffer it would take twice as long and keep all 32 bytes.
  return Buffer.from(hash('sha256', bytes, 'binary').slice(0, 8), 'latin1')
}

import { type Cursor, OutOfBytes } from '../../lib/cursor.ts'
import { DRAFT_KEY_SHARE, EXTENSION } from './registry.ts'
import { readServerName, type ServerName } from './server-name.ts'

/** One offered key share; `keyExchange` is a view. */
export interface KeyShare {
  readonly group: number
  readonly keyExchange: Uint8Array
}

/** What the extensions of a ClientHello say, each in the client's order, GREASE included. */
export interface HelloExtensions {
  readonly serverName: ServerName
  readonly supportedVersions: readonly number[]
  readonly supportedGroups: readonly number[]
  readonly ecPointFormats: readonly number[]
  readonly signatureAlgorithms: readonly number[]
  readonly signatureAlgorithmsCert: readonly number[]
  /** Protocol names as sent (views). */
  readonly alpn: readonly Uint8Array[]
  readonly keyShares: readonly KeyShare[]
  readonly pskModes: readonly number[]
  /** First identity of pre_shared_key (view); undefined without one. */
  readonly pskIdentity: Uint8Array | undefined
  readonly offersTicket: boolean
  readonly certificateAuthorities: number
  readonly compressCertificate: readonly number[]
  readonly clientCertificateTypes: readonly number[]
  readonly serverCertificateTypes: readonly number[]
  readonly encryptedClientHello: 'absent' | 'grease-or-real' | 'inner'
}

/** Filled by `readExtension` while a hello is parsed. */
export type HelloExtensionsDraft = { -readonly [K in keyof HelloExtensions]: HelloExtensions[K] }

/** What a hello without extensions says. */
export function noExtensions(): HelloExtensionsDraft {
  return {
    serverName: { form: 'absent' },
    supportedVersions: [],
    supportedGroups: [],
    ecPointFormats: [],
    signatureAlgorithms: [],
    signatureAlgorithmsCert: [],
    alpn: [],
    keyShares: [],
    pskModes: [],
    pskIdentity: undefined,
    offersTicket: false,
    certificateAuthorities: 0,
    compressCertificate: [],
    clientCertificateTypes: [],
    serverCertificateTypes: [],
    encryptedClientHello: 'absent',
  }
}

/** Reads one extension's body into `said`; false when the body breaks its grammar. */
export function readExtension(type: number, body: Cursor, said: HelloExtensionsDraft): boolean {
  try {
    readKnown(type, body, said)
    return true
  } catch (error) {
    if (!(error instanceof OutOfBytes)) throw error
    if (type === EXTENSION.serverName) said.serverName = { form: 'malformed' }
    return false
  }
}

function readKnown(type: number, body: Cursor, said: HelloExtensionsDraft): void {
  switch (type) {
    case EXTENSION.serverName:
      said.serverName = readServerName(body)
      return
    case EXTENSION.supportedGroups:
      said.supportedGroups = u16List(body, body.u16())
      return
    case EXTENSION.ecPointFormats:
      said.ecPointFormats = u8List(body)
      return
    case EXTENSION.signatureAlgorithms:
      said.signatureAlgorithms = u16List(body, body.u16())
      return
    case EXTENSION.alpn:
      said.alpn = names(body.slice(body.u16()))
      return
    case EXTENSION.supportedVersions:
      said.supportedVersions = u16List(body, body.u8())
      return
    case EXTENSION.keyShare:
    case DRAFT_KEY_SHARE:
      said.keyShares = keyShares(body.slice(body.u16()))
      return
    default:
      readRarer(type, body, said)
  }
}

function readRarer(type: number, body: Cursor, said: HelloExtensionsDraft): void {
  switch (type) {
    case EXTENSION.sessionTicket:
      said.offersTicket = body.remaining > 0
      return
    case EXTENSION.pskKeyExchangeModes:
      said.pskModes = u8List(body)
      return
    case EXTENSION.preSharedKey: {
      const identities = body.slice(body.u16())
      said.pskIdentity = identities.take(identities.u16())
      return
    }
    case EXTENSION.signatureAlgorithmsCert:
      said.signatureAlgorithmsCert = u16List(body, body.u16())
      return
    case EXTENSION.certificateAuthorities:
      said.certificateAuthorities = countNames(body.slice(body.u16()))
      return
    case EXTENSION.compressCertificate:
      said.compressCertificate = u16List(body, body.u8())
      return
    case EXTENSION.clientCertificateType:
      said.clientCertificateTypes = u8List(body)
      return
    case EXTENSION.serverCertificateType:
      said.serverCertificateTypes = u8List(body)
      return
    case EXTENSION.encryptedClientHello:
      // ECHClientHelloType (RFC 9849 section 5): 0 outer, 1 inner.
      said.encryptedClientHello = body.u8() === 1 ? 'inner' : 'grease-or-real'
  }
}

function u8List(body: Cursor): number[] {
  return readU8s(body.slice(body.u8()))
}

/** What is left, a value a byte. */
export function readU8s(list: Cursor): number[] {
  const values: number[] = []
  while (list.remaining > 0) values.push(list.u8())
  return values
}

/** An odd length breaks the grammar: the last, half value is a read past the end. */
function u16List(body: Cursor, bytes: number): number[] {
  const list = body.slice(bytes)
  const values: number[] = []
  while (list.remaining > 0) values.push(list.u16())
  return values
}

function names(list: Cursor): Uint8Array[] {
  const found: Uint8Array[] = []
  while (list.remaining > 0) found.push(list.take(list.u8()))
  return found
}

function keyShares(list: Cursor): KeyShare[] {
  const shares: KeyShare[] = []
  while (list.remaining > 0) {
    const group = list.u16()
    shares.push({ group, keyExchange: list.take(list.u16()) })
  }
  return shares
}

function countNames(list: Cursor): number {
  let count = 0
  while (list.remaining > 0) {
    list.skip(list.u16())
    count += 1
  }
  return count
}

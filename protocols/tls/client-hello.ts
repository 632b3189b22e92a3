import { Cursor, OutOfBytes } from '../../lib/cursor.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../parsed.ts'
import {
  readExtension,
  readU8s,
  type HelloExtensions,
  noExtensions,
} from './client-hello-extensions.ts'
import { HANDSHAKE } from './registry.ts'

/** What a ClientHello says, in the order the client said it, GREASE included. */
export interface ClientHello extends HelloExtensions {
  /** How it was framed; SSLv2-style hellos carry no extensions and no session id of their own. */
  readonly form: 'tls' | 'ssl2'
  readonly legacyVersion: number
  /** View of the 32 bytes (SSLv2: the challenge, padded with zeros on the left as RFC 5246 E.2). */
  readonly random: Uint8Array
  /** View; 0 to 32 bytes. */
  readonly sessionId: Uint8Array
  readonly cipherSuites: readonly number[]
  readonly compressionMethods: readonly number[]
  /** Extension types in order, repeats included. */
  readonly extensions: readonly number[]
  /** Types of extensions whose body breaks its grammar: what they would have said is empty. */
  readonly unreadable: readonly number[]
  /** Bytes of the handshake message, header included. */
  readonly length: number
}

/** Why a message is no ClientHello; a closed list, usable as a metric label. */
export type HelloFault = 'not-a-client-hello' | 'truncated' | 'bad-length' | 'bad-version'

const MAX_SESSION_ID = 32

/**
 * Parses one whole handshake message, header included (RFC 8446 section 4.1.2):
 *
 *     uint8  msg_type;                  // 1 = client_hello
 *     uint24 length;
 *     uint16 legacy_version;
 *     opaque random[32];
 *     opaque legacy_session_id<0..32>;
 *     CipherSuite cipher_suites<2..2^16-2>;
 *     opaque legacy_compression_methods<1..2^8-1>;
 *     Extension extensions<0..2^16-1>;  // absent in SSL 3.0 and some TLS 1.0 clients
 *
 * The result holds views of `message`. A fault in the frame rejects the hello; a fault inside one
 * extension names the extension in `unreadable`. Bytes after the extensions are ignored, as servers
 * of TLS 1.2 and before do (RFC 5246 section 7.4.1.2).
 */
export function parseClientHello(message: Uint8Array): Parsed<ClientHello, HelloFault> {
  const cursor = new Cursor(message)
  try {
    if (cursor.u8() !== HANDSHAKE.clientHello) return reject('not-a-client-hello', 'byte 0')
    return readBody(cursor.slice(cursor.u24()), message.length)
  } catch (error) {
    if (error instanceof OutOfBytes) return reject('truncated', `byte ${error.offset}`)
    throw error
  }
}

function readBody(body: Cursor, length: number): Parsed<ClientHello, HelloFault> {
  const legacyVersion = body.u16()
  if (legacyVersion >> 8 !== 3) return reject('bad-version', 'byte 4')
  const random = body.take(32)
  const sessionIdLength = body.u8()
  if (sessionIdLength > MAX_SESSION_ID) return reject('bad-length', 'byte 38')
  const sessionId = body.take(sessionIdLength)
  const suitesAt = body.offset
  const suiteBytes = body.u16()
  if (suiteBytes % 2 !== 0) return reject('bad-length', `byte ${suitesAt}`)
  const cipherSuites = readU16s(body, suiteBytes)
  const compressionMethods = readU8s(body.slice(body.u8()))
  const extensions: number[] = []
  const unreadable: number[] = []
  const said = noExtensions()
  if (body.remaining > 0) {
    const list = body.slice(body.u16())
    while (list.remaining > 0) {
      const type = list.u16()
      const content = list.slice(list.u16())
      const repeated = extensions.includes(type)
      extensions.push(type)
      // RFC 8446 section 4.2 forbids repeats; the first one counts.
      if (!repeated && !readExtension(type, content, said)) unreadable.push(type)
    }
  }
  return emit({
    form: 'tls',
    legacyVersion,
    random,
    sessionId,
    cipherSuites,
    compressionMethods,
    extensions,
    unreadable,
    length,
    // Written out: spread, they cost as much as the parsing.
    serverName: said.serverName,
    supportedVersions: said.supportedVersions,
    supportedGroups: said.supportedGroups,
    ecPointFormats: said.ecPointFormats,
    signatureAlgorithms: said.signatureAlgorithms,
    signatureAlgorithmsCert: said.signatureAlgorithmsCert,
    alpn: said.alpn,
    keyShares: said.keyShares,
    pskModes: said.pskModes,
    pskIdentity: said.pskIdentity,
    offersTicket: said.offersTicket,
    certificateAuthorities: said.certificateAuthorities,
    compressCertificate: said.compressCertificate,
    clientCertificateTypes: said.clientCertificateTypes,
    serverCertificateTypes: said.serverCertificateTypes,
    encryptedClientHello: said.encryptedClientHello,
  })
}

function readU16s(cursor: Cursor, bytes: number): number[] {
  const list = cursor.slice(bytes)
  const values: number[] = []
  while (list.remaining > 1) values.push(list.u16())
  return values
}

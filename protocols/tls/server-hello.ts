import { Cursor, OutOfBytes } from '../../lib/cursor.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../parsed.ts'
import { DRAFT_KEY_SHARE, EXTENSION, HANDSHAKE } from './registry.ts'

/** What a ServerHello or HelloRetryRequest says. */
export interface ServerHello {
  readonly retry: boolean
  /** supported_versions where present, else the legacy field. */
  readonly version: number
  readonly cipherSuite: number
  readonly sessionId: Uint8Array
  readonly group: number | null
  /** ALPN name (view) where visible: TLS 1.2 and before. */
  readonly alpn: Uint8Array | undefined
  /** TLS 1.3: the server took the PSK. */
  readonly acceptsPsk: boolean
  /** The random ends in DOWNGRD 00 or 01 (RFC 8446 section 4.1.3). */
  readonly downgradeSentinel: boolean
}

const RETRY_RANDOM = hex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c')
const SENTINEL = hex('444f574e475244')

/**
 * Parses one ServerHello (RFC 8446 section 4.1.3), also in the shapes of the drafts of TLS 1.3: up to
 * draft 21 without session id and compression method, HelloRetryRequest as a message of its own.
 *
 *     uint16 legacy_version;  Random random;  opaque legacy_session_id_echo<0..32>;
 *     CipherSuite cipher_suite;  uint8 legacy_compression_method = 0;
 *     Extension extensions<6..2^16-1>;
 */
export function parseServerHello(
  message: Uint8Array,
): Parsed<ServerHello, 'not-a-server-hello' | 'truncated'> {
  const cursor = new Cursor(message)
  try {
    const type = cursor.u8()
    const body = cursor.slice(cursor.u24())
    if (type === HANDSHAKE.serverHello) return emit(readServerHello(body))
    if (type === HANDSHAKE.helloRetryRequest) return emit(readDraftRetry(body))
    return reject('not-a-server-hello', 'byte 0')
  } catch (error) {
    if (error instanceof OutOfBytes) return reject('truncated', `byte ${error.offset}`)
    throw error
  }
}

function readServerHello(body: Cursor): ServerHello {
  const legacy = body.u16()
  const random = body.take(32)
  const draft = legacy >> 8 === 0x7f
  const sessionId = draft ? new Uint8Array() : body.take(body.u8())
  const cipherSuite = body.u16()
  if (!draft) body.skip(1)
  const said = readExtensions(body)
  return {
    retry: equalAt(random, RETRY_RANDOM, 0),
    version: said.version ?? legacy,
    cipherSuite,
    sessionId,
    group: said.group,
    alpn: said.alpn,
    acceptsPsk: said.acceptsPsk,
    downgradeSentinel: equalAt(random, SENTINEL, 24) && (random[31] ?? 2) <= 1,
  }
}

function readDraftRetry(body: Cursor): ServerHello {
  const version = body.u16()
  // Drafts 19 to 21 name the suite here, earlier ones go on with the extensions' length.
  const cipherSuite = (version & 0xff) >= 19 ? body.u16() : 0
  const { group } = readExtensions(body)
  const nothing = { alpn: undefined, acceptsPsk: false, downgradeSentinel: false }
  return { retry: true, version, cipherSuite, sessionId: new Uint8Array(), group, ...nothing }
}

interface Said {
  version: number | undefined
  group: number | null
  alpn: Uint8Array | undefined
  acceptsPsk: boolean
}

function readExtensions(body: Cursor): Said {
  const said: Said = { version: undefined, group: null, alpn: undefined, acceptsPsk: false }
  if (body.remaining === 0) return said
  const list = body.slice(body.u16())
  while (list.remaining > 0) {
    const type = list.u16()
    const content = list.slice(list.u16())
    if (type === EXTENSION.supportedVersions) said.version = content.u16()
    else if (type === EXTENSION.preSharedKey) said.acceptsPsk = true
    else if (type === EXTENSION.keyShare || type === DRAFT_KEY_SHARE) said.group = content.u16()
    else if (type === EXTENSION.alpn) {
      const names = content.slice(content.u16())
      said.alpn = names.take(names.u8())
    }
  }
  return said
}

function equalAt(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  return wanted.every((byte, i) => bytes[at + i] === byte)
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

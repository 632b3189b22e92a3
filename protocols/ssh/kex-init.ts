import { Cursor, OutOfBytes } from '../../lib/cursor.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import { type Parsed } from '../parsed.ts'
import { latin1 } from '../printable.ts'

/** SSH_MSG_KEXINIT: the ten name-lists comma-separated as sent, one character per byte (ISO 8859-1). */
export interface KexInit {
  /** 16 bytes, a copy. */
  readonly cookie: Uint8Array
  readonly kexAlgorithms: string
  readonly hostKeyAlgorithms: string
  readonly encryptionToServer: string
  readonly encryptionToClient: string
  readonly macToServer: string
  readonly macToClient: string
  readonly compressionToServer: string
  readonly compressionToClient: string
  readonly languagesToServer: string
  readonly languagesToClient: string
  readonly firstKexPacketFollows: boolean
  readonly reserved: number
}

export const SSH_MSG_KEXINIT = 20

const LONGEST_LIST = 16_384

/**
 * Parses the payload of SSH_MSG_KEXINIT, message number included (RFC 4253 section 7.1):
 *
 *     byte SSH_MSG_KEXINIT = 20;  byte cookie[16];
 *     name-list × 10;             // uint32 length, bytes
 *     boolean first_kex_packet_follows;  uint32 reserved = 0;
 */
export function parseKexInit(
  payload: Uint8Array,
): Parsed<KexInit, 'not-a-kexinit' | 'truncated' | 'bad-length'> {
  if (payload[0] !== SSH_MSG_KEXINIT || payload.length > LONGEST_REMEMBERED) return parsed(payload)
  // A few programs send most of them, each time with another cookie.
  const said = latin1(payload.subarray(COOKIE_END))
  const recent = RECENT.get(said)
  if (recent !== undefined && payload.length >= COOKIE_END) {
    return emit({ ...recent, cookie: cookieOf(payload) })
  }
  const fresh = parsed(payload)
  if (fresh.kind === 'emit') RECENT.set(said, fresh.value)
  return fresh
}

const COOKIE_END = 17
const LONGEST_REMEMBERED = 4096
const RECENT = new RecentMap<string, KexInit>(128)

/** A copy; a Buffer, which the codec writes as it is. */
function cookieOf(payload: Uint8Array): Uint8Array {
  return Buffer.from(payload.subarray(1, COOKIE_END))
}

function parsed(
  payload: Uint8Array,
): Parsed<KexInit, 'not-a-kexinit' | 'truncated' | 'bad-length'> {
  const cursor = new Cursor(payload)
  try {
    if (cursor.u8() !== SSH_MSG_KEXINIT) return reject('not-a-kexinit', 'byte 0')
    cursor.skip(16)
    const cookie = cookieOf(payload)
    const lists: string[] = []
    for (let i = 0; i < 10; i += 1) {
      const at = cursor.offset
      const length = cursor.u32()
      if (length > LONGEST_LIST) return reject('bad-length', `byte ${at}`)
      lists.push(latin1(cursor.take(length)))
    }
    return emit(assemble(cookie, lists, cursor.u8() !== 0, cursor.u32()))
  } catch (error) {
    if (error instanceof OutOfBytes) return reject('truncated', `byte ${error.offset}`)
    throw error
  }
}

function assemble(
  cookie: Uint8Array,
  lists: readonly string[],
  firstKexPacketFollows: boolean,
  reserved: number,
): KexInit {
  const list = (at: number): string => lists[at] ?? ''
  return {
    cookie,
    kexAlgorithms: list(0),
    hostKeyAlgorithms: list(1),
    encryptionToServer: list(2),
    encryptionToClient: list(3),
    macToServer: list(4),
    macToClient: list(5),
    compressionToServer: list(6),
    compressionToClient: list(7),
    languagesToServer: list(8),
    languagesToClient: list(9),
    firstKexPacketFollows,
    reserved,
  }
}

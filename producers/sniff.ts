import { ssl2HelloLength } from '../protocols/tls/ssl2-hello.ts'

/** What the first bytes of a direction, or of a segment after another protocol, begin. */
export type Sniffed = 'tls-client' | 'tls-server' | 'ssh' | 'undecided' | 'other'

const HANDSHAKE_RECORD = 22
const LONGEST_RECORD = 16_384 + 2_048
const CLIENT_HELLO = 1
const SERVER_HELLO = 2
const SSH = [0x53, 0x53, 0x48, 0x2d]
/** Bytes that decide in every case. */
export const SNIFF_BYTES = 6

/** Says what bytes begin; `undecided` asks for more. SSLv2-style hellos are known by 5 bytes. */
export function sniff(bytes: Uint8Array): Sniffed {
  const first = bytes[0]
  if (first === HANDSHAKE_RECORD) return sniffRecord(bytes)
  if (first === SSH[0]) return sniffSsh(bytes)
  if (first !== undefined && (first & 0x80) !== 0) {
    if (bytes.length < 5) return bytes.length < 3 || bytes[2] === 1 ? 'undecided' : 'other'
    return ssl2HelloLength(bytes) === undefined ? 'other' : 'tls-client'
  }
  return first === undefined ? 'undecided' : 'other'
}

/** Content type, version 3.0 to 3.4, length, and the type of the first handshake message. */
function sniffRecord(bytes: Uint8Array): Sniffed {
  const [, major = 3, minor = 0, high = 0, low = 4, type] = bytes
  const length = (high << 8) | low
  if (major !== 3 || minor > 4 || length > LONGEST_RECORD) return 'other'
  if (bytes.length < SNIFF_BYTES) return 'undecided'
  if (length === 0) return 'other'
  if (type === CLIENT_HELLO) return 'tls-client'
  return type === SERVER_HELLO ? 'tls-server' : 'other'
}

function sniffSsh(bytes: Uint8Array): Sniffed {
  const length = Math.min(bytes.length, SSH.length)
  for (let i = 0; i < length; i += 1) if (bytes[i] !== SSH[i]) return 'other'
  return length === SSH.length ? 'ssh' : 'undecided'
}

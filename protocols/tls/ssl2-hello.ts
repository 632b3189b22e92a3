import { Cursor, OutOfBytes } from '../../lib/cursor.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../parsed.ts'
import { noExtensions } from './client-hello-extensions.ts'
import { type ClientHello } from './client-hello.ts'

/** Longest SSLv2-style hello that is read: 15 bits of length, bounded to what clients ever sent. */
export const MAX_SSL2_HELLO = 4_096

/** Bytes of the whole record when these begin an SSLv2-style CLIENT-HELLO, else undefined. */
export function ssl2HelloLength(bytes: Uint8Array): number | undefined {
  const [first = 0, second = 0, type = 0, major = 0, minor = 0] = bytes
  if (bytes.length < 5 || (first & 0x80) === 0 || type !== 1) return undefined
  const versioned = (major === 3 && minor <= 4) || (major === 0 && minor === 2)
  const length = 2 + (((first & 0x7f) << 8) | second)
  return versioned && length >= 2 + 9 && length <= MAX_SSL2_HELLO ? length : undefined
}

/**
 * Parses the hello that SSL 2.0 clients send, and TLS clients that wanted to be understood by SSL 2.0
 * servers (RFC 5246 appendix E.2):
 *
 *     uint16 msg_length;        // highest bit set
 *     uint8  msg_type = 1;
 *     uint16 version;
 *     uint16 cipher_spec_length, session_id_length, challenge_length;
 *     opaque cipher_specs[];    // 3 bytes each; 00 xx xx is a TLS cipher suite
 *     opaque session_id[];  opaque challenge[];
 *
 * Cipher kinds of SSL 2.0 itself are kept out of `cipherSuites`: they are no TLS suites. No
 * fingerprint is defined for this form.
 */
export function parseSsl2Hello(bytes: Uint8Array): Parsed<ClientHello, 'truncated' | 'bad-length'> {
  const cursor = new Cursor(bytes)
  try {
    cursor.skip(3)
    const legacyVersion = cursor.u16()
    const specBytes = cursor.u16()
    const sessionIdBytes = cursor.u16()
    const challengeBytes = cursor.u16()
    if (specBytes % 3 !== 0 || sessionIdBytes > 32) return reject('bad-length', 'byte 5')
    const specs = cursor.take(specBytes)
    const sessionId = cursor.take(sessionIdBytes)
    const challenge = cursor.take(challengeBytes)
    return emit({
      form: 'ssl2',
      legacyVersion,
      random: padded(challenge),
      sessionId,
      cipherSuites: tlsSuites(specs),
      compressionMethods: [],
      extensions: [],
      unreadable: [],
      length: bytes.length,
      ...noExtensions(),
    })
  } catch (error) {
    if (error instanceof OutOfBytes) return reject('truncated', `byte ${error.offset}`)
    throw error
  }
}

function tlsSuites(specs: Uint8Array): number[] {
  const suites: number[] = []
  for (let at = 0; at < specs.length; at += 3) {
    if (specs[at] === 0) suites.push(((specs[at + 1] ?? 0) << 8) | (specs[at + 2] ?? 0))
  }
  return suites
}

function padded(challenge: Uint8Array): Uint8Array {
  const random = new Uint8Array(32)
  const tail = challenge.subarray(-32)
  random.set(tail, 32 - tail.length)
  return random
}

import { Cursor, OutOfBytes } from '../../lib/cursor.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../parsed.ts'
import { sshString } from '../ssh/packet-writer.ts'

/** First of the numbers RFC 4251 section 7 leaves to local extensions. */
export const SSH_MSG_CHALLENGE = 192

/**
 * Tells our packets from those of other extensions that share the number. The domain is one that RFC 2606
 * reserves, so that nobody else can come to own it.
 */
export const EXTENSION_NAME = 'challenge@vestibule.example'

/** Bytes of a body and of a whole payload at the most: an answer to the largest challenge has a third of it. */
export const LONGEST_BODY = 16_384
export const LONGEST_PAYLOAD = 1 + 4 + 64 + 4 + LONGEST_BODY + 4 + 64

const LONGEST_NAME = 64
const SIGNATURE = 64

/** A message as it stands in the packet: JSON not parsed yet, signature not verified yet. */
export interface ExtensionPacket {
  readonly name: string
  /** JSON in UTF-8; a view. */
  readonly body: Uint8Array
  /** Ed25519 over the body and the connection (`signature.ts`), 64 bytes; empty in a client's messages. A view. */
  readonly signature: Uint8Array
}

export type ExtensionPacketFault = 'not-an-extension' | 'truncated' | 'bad-length'

/** The payload of a message of ours, to be framed by `framePacket`. Throws RangeError on a body that is too long. */
export function encodeExtension(
  body: Uint8Array,
  signature: Uint8Array = new Uint8Array(0),
): Buffer {
  if (body.length > LONGEST_BODY) throw new RangeError(`a body of ${body.length} bytes`)
  return Buffer.concat([
    Buffer.of(SSH_MSG_CHALLENGE),
    sshString(Buffer.from(EXTENSION_NAME)),
    sshString(body),
    sshString(signature),
  ])
}

/**
 * Takes a packet's payload apart:
 *
 *     byte    SSH_MSG_CHALLENGE = 192;
 *     string  name;        // domain-qualified, printable ASCII, 1..64 bytes
 *     string  body;        // JSON, 2..16384 bytes
 *     string  signature;   // 64 bytes of a gate, 0 of a client
 */
export function parseExtension(payload: Uint8Array): Parsed<ExtensionPacket, ExtensionPacketFault> {
  const cursor = new Cursor(payload)
  try {
    if (cursor.u8() !== SSH_MSG_CHALLENGE) return reject('not-an-extension', 'byte 0')
    const name = stringWithin(cursor, 1, LONGEST_NAME)
    const body = name && stringWithin(cursor, 2, LONGEST_BODY)
    const signature = body && stringWithin(cursor, 0, SIGNATURE)
    if (signature === undefined || name === undefined || body === undefined) {
      return reject('bad-length', `byte ${cursor.offset}`)
    }
    if (cursor.remaining > 0 || (signature.length > 0 && signature.length < SIGNATURE)) {
      return reject('bad-length', `byte ${cursor.offset}`)
    }
    return emit({ name: Buffer.from(name).toString('latin1'), body, signature })
  } catch (error) {
    if (error instanceof OutOfBytes) return reject('truncated', `byte ${error.offset}`)
    throw error
  }
}

function stringWithin(cursor: Cursor, least: number, most: number): Uint8Array | undefined {
  const length = cursor.u32()
  return length < least || length > most ? undefined : cursor.take(length)
}

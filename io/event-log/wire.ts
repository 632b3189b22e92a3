import { type Duplex } from 'node:stream'

/**
 * Messages on the owner's socket: length u32 (of what follows), type u8, id f64, body. The id names
 * a request or a subscription of this connection. Records travel as frames, the rest as JSON.
 */
export const MESSAGE_HEADER_BYTES = 13

/** The longest message either side takes; one that claims more ends the connection. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

export const TYPE = {
  hello: 1,
  append: 2,
  join: 3,
  start: 4,
  credit: 5,
  released: 6,
  leave: 7,
  follow: 8,
  commit: 9,
  ends: 10,
  committed: 11,
  heartbeat: 12,
  welcome: 65,
  done: 66,
  refused: 67,
  granted: 68,
  resumed: 69,
  revoke: 70,
  lost: 71,
  records: 72,
  following: 73,
} as const

export type MessageType = (typeof TYPE)[keyof typeof TYPE]

export interface Message {
  readonly type: number
  readonly id: number
  readonly body: Buffer
}

/** A message whose body the caller fills: `bodyAt` is where it begins. */
export function blankMessage(type: MessageType, id: number, bodyBytes: number): Buffer {
  const message = Buffer.allocUnsafe(MESSAGE_HEADER_BYTES + bodyBytes)
  message.writeUInt32LE(message.length - 4, 0)
  message[4] = type
  message.writeDoubleLE(id, 5)
  return message
}

/** A message with a JSON body; without one, an empty body. */
export function jsonMessage(type: MessageType, id: number, body?: object): Buffer {
  if (body === undefined) return blankMessage(type, id, 0)
  const text = Buffer.from(JSON.stringify(body))
  const message = blankMessage(type, id, text.length)
  message.set(text, MESSAGE_HEADER_BYTES)
  return message
}

/** Writes what is sent within one turn of the loop with one call of the system. */
export function writeSoon(stream: Duplex, message: Buffer): void {
  if (stream.writableCorked === 0) {
    stream.cork()
    process.nextTick(() => {
      stream.uncork()
    })
  }
  stream.write(message)
}

/** The message claims a length that none may have. */
export class MessageTooLong extends Error {
  override readonly name = 'MessageTooLong'
}

/** Cuts a byte stream into messages. Holds at most one unfinished message. */
export class MessageReader {
  #parts: Buffer[] = []
  #held = 0
  #wanted = 4

  /** Messages that `chunk` completes; throws MessageTooLong. */
  push(chunk: Buffer): Message[] {
    this.#parts.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#wanted) return []
    const bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#held)
    const messages: Message[] = []
    let at = 0
    for (;;) {
      const end = this.#endOf(bytes, at)
      if (end > bytes.length) break
      messages.push(messageOf(bytes.subarray(at, end)))
      at = end
    }
    this.#held = bytes.length - at
    this.#parts = this.#held === 0 ? [] : [bytes.subarray(at)]
    return messages
  }

  #endOf(bytes: Buffer, at: number): number {
    this.#wanted = 4
    if (bytes.length - at < 4) return Infinity
    const length = bytes.readUInt32LE(at)
    if (length < MESSAGE_HEADER_BYTES - 4 || length > MAX_MESSAGE_BYTES) {
      throw new MessageTooLong(`a message claims ${length} bytes`)
    }
    this.#wanted = 4 + length
    return at + this.#wanted
  }
}

function messageOf(bytes: Buffer): Message {
  return {
    type: bytes[4] ?? 0,
    id: bytes.readDoubleLE(5),
    body: bytes.subarray(MESSAGE_HEADER_BYTES),
  }
}

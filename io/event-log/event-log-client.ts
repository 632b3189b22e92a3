import { randomUUID } from 'node:crypto'
import { type Duplex } from 'node:stream'
import { EventLogError, type EventLog, type Lease, type LogRecord } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { type TopicName } from '../../schemas/topics.ts'
import { claimOf, consume } from './consume.ts'
import { follow } from './follow.ts'
import { OwnerConnection } from './owner-connection.ts'
import { Offsets, parseBody } from './owner-messages.ts'
import { FRAME_HEADER_BYTES, frameBytes, MAX_RECORD_BYTES, writeFrame } from './record-frame.ts'
import { blankMessage, jsonMessage, MESSAGE_HEADER_BYTES, TYPE, type MessageType } from './wire.ts'

export interface ClientOptions {
  readonly open: () => Promise<Duplex>
  /** How long requests wait for an owner that is away before they fail as `unavailable`. */
  readonly unavailableAfterMs: number
  /** Bytes of appends sent and not yet durable; further appends wait. */
  readonly maxInFlightBytes: number
  readonly logger: Logger
}

const APPEND_BYTES = 1024 * 1024
/** Fewer than the refusals the owner remembers of a client. */
const MOST_REQUESTS = 200

interface Sized {
  readonly record: LogRecord
  readonly bytes: number
}

/** Waits for the owner and gives the log; rejects as `unavailable` when it does not come in time. */
export async function openClient(options: ClientOptions): Promise<EventLog> {
  const log = clientOf(options)
  await log.met()
  return log
}

/** The log at once; what is asked of it waits for the owner. */
export function clientOf(options: ClientOptions): EventLogClient {
  return new EventLogClient(options)
}

export class EventLogClient implements EventLog {
  readonly globalOrder = true
  readonly #connection: OwnerConnection
  readonly #room: Room
  readonly #unavailableAfterMs: number

  constructor({ maxInFlightBytes, ...options }: ClientOptions) {
    this.#unavailableAfterMs = options.unavailableAfterMs
    this.#connection = new OwnerConnection({ ...options, client: randomUUID() })
    this.#room = new Room(maxInFlightBytes, MOST_REQUESTS)
  }

  /** Resolves once the owner was met; closes the log and rejects when it does not come in time. */
  async met(): Promise<void> {
    const soon = AbortSignal.timeout(this.#unavailableAfterMs)
    if (this.#connection.isClosed || (await this.#connection.ready(soon))) return
    this.#connection.close()
    throw new EventLogError('unavailable', 'the event log cannot be reached')
  }

  async append(topic: TopicName, records: readonly LogRecord[], fence?: Lease): Promise<void> {
    if (this.#connection.isClosed) throw new EventLogError('closed', 'the event log was closed')
    if (!this.#connection.wasMet) await this.met()
    const id = this.#connection.topicId(topic)
    const parts = split(records)
    if (parts.length === 0) return
    const claim =
      fence === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(claimOf(fence)))
    const bytes = parts.reduce((sum, part) => sum + sizeOf(part), 0)
    const taken = this.#room.take(bytes, parts.length)
    if (taken !== undefined) await taken
    try {
      const answers = parts.map((part) =>
        this.#connection.request((request) => appendMessage(request, id, claim, part)),
      )
      const refused = (await Promise.allSettled(answers)).find(
        (answer) => answer.status === 'rejected',
      )
      if (refused !== undefined) throw refused.reason
    } finally {
      this.#room.give(bytes, parts.length)
    }
  }

  consume = (options: Parameters<EventLog['consume']>[0]): ReturnType<EventLog['consume']> =>
    consume(this.#connection, options)

  follow = (options: Parameters<EventLog['follow']>[0]): ReturnType<EventLog['follow']> =>
    follow(this.#connection, options)

  async ends(topic: TopicName): Promise<readonly number[]> {
    const offsets = await this.#offsets(TYPE.ends, { topic })
    return offsets.map((offset) => offset ?? 0)
  }

  async committed(group: string, topic: TopicName): Promise<readonly (number | undefined)[]> {
    const offsets = await this.#offsets(TYPE.committed, { group, topic })
    return offsets.map((offset) => offset ?? undefined)
  }

  async #offsets(type: MessageType, body: object): Promise<readonly (number | null)[]> {
    const answer = await this.#connection.request((id) => jsonMessage(type, id, body))
    return parseBody(Offsets, answer).offsets
  }

  close(): Promise<void> {
    this.#connection.close()
    return Promise.resolve()
  }
}

/** Bounds what is on its way. Who finds no room waits, first come first served. */
class Room {
  readonly #maxBytes: number
  readonly #maxRequests: number
  readonly #waiting: { bytes: number; requests: number; enter: () => void }[] = []
  #bytes = 0
  #requests = 0

  constructor(maxBytes: number, maxRequests: number) {
    this.#maxBytes = maxBytes
    this.#maxRequests = maxRequests
  }

  /** Undefined when there is room at once. What is larger than all room goes alone. */
  take(bytes: number, requests: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes, requests)) {
      this.#enter(bytes, requests)
      return undefined
    }
    return new Promise((enter) => {
      this.#waiting.push({ bytes, requests, enter })
    })
  }

  give(bytes: number, requests: number): void {
    this.#bytes -= bytes
    this.#requests -= requests
    for (;;) {
      const next = this.#waiting[0]
      if (next === undefined || !this.#fits(next.bytes, next.requests)) return
      this.#waiting.shift()
      this.#enter(next.bytes, next.requests)
      next.enter()
    }
  }

  #fits(bytes: number, requests: number): boolean {
    const fits = this.#bytes + bytes <= this.#maxBytes
    return this.#requests === 0 || (fits && this.#requests + requests <= this.#maxRequests)
  }

  #enter(bytes: number, requests: number): void {
    this.#bytes += bytes
    this.#requests += requests
  }
}

/** Cuts records into requests. Throws EventLogError `too-large`. */
function split(records: readonly LogRecord[]): readonly (readonly Sized[])[] {
  const parts: Sized[][] = []
  let part: Sized[] = []
  let room = 0
  for (const record of records) {
    const bytes = frameBytes(record)
    const content = bytes - FRAME_HEADER_BYTES
    if (content > MAX_RECORD_BYTES) {
      const rule = `key and value of a record have at most ${MAX_RECORD_BYTES} bytes (1 MiB)`
      throw new EventLogError('too-large', `${rule}; this one has ${content}`)
    }
    if (bytes > room) {
      part = []
      parts.push(part)
      room = Math.max(APPEND_BYTES, bytes)
    }
    part.push({ record, bytes })
    room -= bytes
  }
  return parts
}

function sizeOf(part: readonly Sized[]): number {
  return part.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Body: topic u8, claim length u16, claim, frames. */
function appendMessage(id: number, topic: number, claim: Buffer, part: readonly Sized[]): Buffer {
  const message = blankMessage(TYPE.append, id, 3 + claim.length + sizeOf(part))
  message[MESSAGE_HEADER_BYTES] = topic
  message.writeUInt16LE(claim.length, MESSAGE_HEADER_BYTES + 1)
  message.set(claim, MESSAGE_HEADER_BYTES + 3)
  let at = MESSAGE_HEADER_BYTES + 3 + claim.length
  for (const { record } of part) at = writeFrame(message, at, topic, record)
  return message
}

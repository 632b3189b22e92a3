import { type Duplex } from 'node:stream'
import { EventLogError, type EventLogErrorCode } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { type GroupAction } from './groups.ts'
import { type LogServer } from './log-server.ts'
import {
  ClaimBody,
  Commit,
  Committed,
  Ends,
  Hello,
  parseBody,
  PROTOCOL_VERSION,
} from './owner-messages.ts'
import { frameAt } from './record-frame.ts'
import { SessionReaders } from './session-readers.ts'
import { partitionsOf } from './topic-places.ts'
import { jsonMessage, MessageReader, TYPE, writeSoon, type Message } from './wire.ts'

/** One client's connection: reads its messages and answers them. */
export class Session {
  readonly #server: LogServer
  readonly #stream: Duplex
  readonly #logger: Logger
  readonly #reader = new MessageReader()
  readonly #readers: SessionReaders
  #client: string | undefined
  /** When the client last sent anything, milliseconds since 1970. */
  heardAtMs: number

  constructor(server: LogServer, stream: Duplex, logger: Logger) {
    this.#server = server
    this.#stream = stream
    this.#logger = logger
    this.heardAtMs = server.now()
    this.#readers = new SessionReaders(server, this, (message) => {
      this.#send(message)
    })
    stream.on('data', (chunk: Buffer) => {
      this.#receive(chunk)
    })
    // 'close' follows, and says all there is to know.
    stream.on('error', () => undefined)
    stream.on('close', () => {
      this.#readers.close()
      this.#server.forget(this)
    })
  }

  wake(): void {
    this.#readers.wake()
  }

  groupOf(member: string): string {
    return this.#readers.groupOf(member)
  }

  told(action: GroupAction): void {
    this.#readers.told(action)
  }

  end(): void {
    this.#stream.destroy()
  }

  #receive(chunk: Buffer): void {
    this.heardAtMs = this.#server.now()
    try {
      for (const message of this.#reader.push(chunk)) this.#handle(message)
    } catch (error) {
      this.#logger.warn('event log client ended: it broke the protocol', { error: String(error) })
      this.#stream.destroy()
    }
  }

  #handle(message: Message): void {
    if (message.type === TYPE.hello) {
      this.#hello(message)
      return
    }
    if (this.#client === undefined) throw new Error('the first message must be hello')
    try {
      this.#dispatch(this.#client, message)
    } catch (error) {
      if (!(error instanceof EventLogError)) throw error
      this.#refuse(message.id, error.code, error.message)
    }
  }

  #dispatch(client: string, message: Message): void {
    const { id, type } = message
    if (type === TYPE.append) this.#append(client, message)
    else if (type === TYPE.commit) this.#commit(message)
    else if (type === TYPE.ends) this.#ends(message)
    else if (type === TYPE.committed) this.#committed(message)
    else if (type === TYPE.join) this.#readers.join(message)
    else if (type === TYPE.start) this.#readers.start(message)
    else if (type === TYPE.follow) this.#readers.follow(message)
    else if (type === TYPE.credit) this.#readers.credit(id)
    else if (type === TYPE.released) this.#readers.released(id)
    else if (type === TYPE.leave) this.#readers.leave(id)
    else if (type !== TYPE.heartbeat) throw new Error(`message type ${type} is unknown`)
  }

  #hello({ id, body }: Message): void {
    const hello = parseBody(Hello, body)
    if (hello.version !== PROTOCOL_VERSION) {
      throw new Error(`client speaks version ${hello.version}, the owner ${PROTOCOL_VERSION}`)
    }
    this.#client = hello.client
    const topics = this.#server.store.catalogue.map((topic) => {
      return { id: topic.id, name: topic.name, partitions: topic.partitions }
    })
    this.#send(jsonMessage(TYPE.welcome, id, { topics }))
  }

  /** Body: topic u8, claim length u16, claim, frames. */
  #append(client: string, { id, body }: Message): void {
    const topic = this.#server.topics.numbered(body[0])
    const framesAt = 3 + body.readUInt16LE(1)
    const claim = framesAt === 3 ? undefined : parseBody(ClaimBody, body.subarray(3, framesAt))
    const frames = body.subarray(framesAt)
    if (!areWhole(frames)) throw new Error('an append with a torn record')
    const work = { kind: 'append', client, sequence: id, topic, frames, claim } as const
    this.#server.committer.submit(work, (code) => {
      this.#answer(id, code)
    })
  }

  #commit({ id, body }: Message): void {
    const { claim, positions } = parseBody(Commit, body)
    const { group } = claim
    const offsets = this.#server.topics.places(positions).map((place) => ({ ...place, group }))
    this.#server.committer.submit({ kind: 'offsets', claim, offsets }, (code) => {
      this.#answer(id, code)
    })
  }

  #ends({ id, body }: Message): void {
    const { topics, store } = this.#server
    const topic = topics.named(parseBody(Ends, body).topic)
    const offsets = partitionsOf(topic).map((partition) => store.end(topic.id, partition))
    this.#send(jsonMessage(TYPE.done, id, { offsets }))
  }

  #committed({ id, body }: Message): void {
    const { topics, store } = this.#server
    const { group, topic: name } = parseBody(Committed, body)
    const topic = topics.named(name)
    const offsets = partitionsOf(topic).map((partition) => {
      return store.committed(group, topic.id, partition) ?? null
    })
    this.#send(jsonMessage(TYPE.done, id, { offsets }))
  }

  #answer(id: number, code: EventLogErrorCode | undefined): void {
    if (code === undefined) this.#send(jsonMessage(TYPE.done, id))
    else this.#refuse(id, code, SENTENCES[code])
  }

  #refuse(id: number, code: EventLogErrorCode, message: string): void {
    this.#send(jsonMessage(TYPE.refused, id, { code, message }))
  }

  #send(message: Buffer): void {
    if (!this.#stream.destroyed) writeSoon(this.#stream, message)
  }
}

const SENTENCES: Readonly<Record<EventLogErrorCode, string>> = {
  unavailable: 'the event log cannot be reached',
  fenced: 'the lease was taken over by another holder',
  'too-large': 'a record is larger than the log takes',
  'disk-full':
    'the disk of the event log is full: free some space there, appends then go on by themselves',
  'unknown-topic': 'the topic is unknown',
  closed: 'the event log was closed',
}

function areWhole(frames: Buffer): boolean {
  let at = 0
  while (at < frames.length) {
    const frame = frameAt(frames, at)
    if (frame === undefined || frame === 'torn') return false
    at += frame.length
  }
  return true
}

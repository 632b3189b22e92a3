import { type Duplex } from 'node:stream'
import { EventLogError } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { TOPIC_NAMES, type TopicName } from '../../schemas/topics.ts'
import { Mailbox } from './mailbox.ts'
import { parseBody, PROTOCOL_VERSION, Refused, Welcome } from './owner-messages.ts'
import {
  jsonMessage,
  MessageReader,
  TYPE,
  writeSoon,
  type Message,
  type MessageType,
} from './wire.ts'

export interface ConnectionOptions {
  /** A new stream to the owner; rejects when it cannot be reached. */
  readonly open: () => Promise<Duplex>
  /** Name of this client, never used before. */
  readonly client: string
  /** Requests fail as `unavailable` when the owner is away for longer. */
  readonly unavailableAfterMs: number
  readonly logger: Logger
}

export type Delivery = Message | 'down'

/** A reader's end of the connection. */
export interface Channel {
  readonly id: number
  readonly mailbox: Mailbox<Delivery>
}

interface Pending {
  readonly message: Buffer
  readonly resolve: (body: Buffer) => void
  readonly reject: (error: EventLogError) => void
}

const FIRST_WAIT_MS = 10
const LONGEST_WAIT_MS = 500
const HEARTBEAT_MS = 500

/**
 * The client's side of the socket. It comes back when the owner does, and asks again what was not
 * answered, in the order first asked; the owner knows the appends it has already stored.
 */
export class OwnerConnection {
  readonly #options: ConnectionOptions
  readonly #pending = new Map<number, Pending>()
  readonly #channels = new Map<number, Channel>()
  readonly #waiting = new Set<() => void>()
  readonly #topicIds = new Map<TopicName, number>()
  readonly #topicNames = new Map<number, TopicName>()
  readonly #partitionCounts = new Map<TopicName, number>()
  readonly #heartbeat: NodeJS.Timeout
  #stream: Duplex | undefined
  #lastId = 0
  #state: 'down' | 'up' | 'closed' = 'down'
  #downSinceMs = Date.now()
  #wait: { timer: NodeJS.Timeout; done: () => void } | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#heartbeat = setInterval(() => {
      this.#beat()
    }, HEARTBEAT_MS)
    this.#heartbeat.unref()
    void this.#run()
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** Whether the owner was ever there: then the topics are known. */
  get wasMet(): boolean {
    return this.#topicIds.size > 0
  }

  topicId(name: TopicName): number {
    const id = this.#topicIds.get(name)
    if (id === undefined) throw new EventLogError('unknown-topic', `no topic is named ${name}`)
    return id
  }

  topicName(id: number): TopicName | undefined {
    return this.#topicNames.get(id)
  }

  partitions(name: TopicName): number {
    return this.#partitionCounts.get(name) ?? 0
  }

  /** Resolves when the owner is there, the signal aborts, or the connection is closed. */
  async ready(signal: AbortSignal): Promise<boolean> {
    if (this.#state === 'down' && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#waiting.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        this.#waiting.add(done)
        signal.addEventListener('abort', done)
      })
    }
    return this.#state === 'up' && !signal.aborted
  }

  /** Asks and waits for the answer's body, over as many connections as it takes. */
  request(make: (id: number) => Buffer): Promise<Buffer> {
    if (this.#state === 'closed') return Promise.reject(closed())
    if (this.#isGone()) return Promise.reject(unavailable())
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      const message = make(id)
      this.#pending.set(id, { message, resolve, reject })
      if (this.#state === 'up') this.send(message)
    })
  }

  /** A new channel for a reader; messages with its id arrive in its mailbox. */
  channel(): Channel {
    this.#lastId += 1
    const channel = { id: this.#lastId, mailbox: new Mailbox<Delivery>() }
    this.#channels.set(channel.id, channel)
    if (this.#state === 'down') channel.mailbox.put('down')
    return channel
  }

  /** The reader is done with its channel; the owner is told unless it ended it itself. */
  release({ id, mailbox }: Channel, tell: boolean): void {
    if (tell && this.#channels.has(id)) this.send(jsonMessage(TYPE.leave, id))
    this.#channels.delete(id)
    mailbox.end()
  }

  tell(type: MessageType, id: number, body?: object): void {
    this.send(jsonMessage(type, id, body))
  }

  /** Sends without an answer; nothing when the owner is away. */
  send(message: Buffer): void {
    if (this.#stream !== undefined && !this.#stream.destroyed) writeSoon(this.#stream, message)
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearInterval(this.#heartbeat)
    this.#stream?.end()
    for (const { mailbox } of this.#channels.values()) mailbox.end()
    this.#fail(closed())
    this.#wake()
    this.#wait?.done()
  }

  async #run(): Promise<void> {
    let waitMs = FIRST_WAIT_MS
    for (;;) {
      const stream = await this.#options.open().catch(() => undefined)
      const met = stream !== undefined && (await this.#serve(stream))
      if (met) waitMs = FIRST_WAIT_MS
      if (this.isClosed) return
      if (this.#isGone()) this.#fail(unavailable())
      await this.#pause(waitMs * (0.5 + Math.random()))
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wait = { timer, done }
    })
  }

  /** Talks over one stream until it ends; whether the owner welcomed us. */
  #serve(stream: Duplex): Promise<boolean> {
    const { client } = this.#options
    if (this.isClosed) stream.destroy()
    const reader = new MessageReader()
    let met = false
    return new Promise((resolve) => {
      stream.on('error', () => undefined)
      stream.on('data', (chunk: Buffer) => {
        for (const message of reader.push(chunk)) {
          if (message.type === TYPE.welcome) met = true
          this.#handle(message)
        }
      })
      stream.on('close', () => {
        this.#down()
        resolve(met)
      })
      this.#stream = stream
      this.tell(TYPE.hello, 0, { version: PROTOCOL_VERSION, client })
    })
  }

  #down(): void {
    this.#stream = undefined
    if (this.#state !== 'up') return
    this.#state = 'down'
    this.#downSinceMs = Date.now()
    this.#options.logger.warn('the event log went away; coming back to it')
    for (const { mailbox } of this.#channels.values()) mailbox.put('down')
  }

  #handle(message: Message): void {
    if (message.type === TYPE.welcome) {
      this.#welcome(message.body)
      return
    }
    const pending = this.#pending.get(message.id)
    if (pending === undefined) {
      this.#channels.get(message.id)?.mailbox.put(message)
      return
    }
    this.#pending.delete(message.id)
    if (message.type === TYPE.done) pending.resolve(message.body)
    else pending.reject(errorFrom(message))
  }

  #welcome(body: Buffer): void {
    const known = new Map(parseBody(Welcome, body).topics.map((topic) => [topic.name, topic]))
    for (const name of TOPIC_NAMES) {
      const topic = known.get(name)
      if (topic === undefined) continue
      this.#topicIds.set(name, topic.id)
      this.#topicNames.set(topic.id, name)
      this.#partitionCounts.set(name, topic.partitions)
    }
    this.#state = 'up'
    for (const { message } of this.#pending.values()) this.send(message)
    this.#wake()
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done()
  }

  #isGone(): boolean {
    const away = Date.now() - this.#downSinceMs
    return this.#state === 'down' && away > this.#options.unavailableAfterMs
  }

  #fail(error: EventLogError): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of pending) reject(error)
  }

  #beat(): void {
    this.tell(TYPE.heartbeat, 0)
    if (this.#isGone()) this.#fail(unavailable())
  }
}

/** The refusal a message carries. */
export function errorFrom({ body }: Message): EventLogError {
  const { code, message } = parseBody(Refused, body)
  return new EventLogError(code, message)
}

function closed(): EventLogError {
  return new EventLogError('closed', 'the event log was closed')
}

function unavailable(): EventLogError {
  return new EventLogError('unavailable', 'the event log cannot be reached')
}

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Batch,
  type ConsumeOptions,
  type Lease,
  type StoredRecord,
} from '../../lib/event-log.ts'
import { type TopicName } from '../../schemas/topics.ts'
import { endOnAbort } from './follow.ts'
import { errorFrom, type Channel, type OwnerConnection } from './owner-connection.ts'
import { Granted, parseBody } from './owner-messages.ts'
import { moveBehind, readBatch } from './read-frames.ts'
import { TYPE, jsonMessage, type Message } from './wire.ts'

const MAX_RECORDS = 1000
const REFUSED_WAIT_MS = 500

/**
 * Reads a group's topics as one of its members, through restarts of the owner: whoever comes back in
 * time goes on under the lease it had.
 */
export async function* consume(
  connection: OwnerConnection,
  options: ConsumeOptions,
): AsyncGenerator<Batch, void, void> {
  const member = new GroupMember(connection, options)
  try {
    while (await connection.ready(options.signal)) {
      const ended = yield* member.takePart()
      if (ended) return
    }
  } finally {
    await member.loseLease()
  }
}

class GroupMember {
  readonly #connection: OwnerConnection
  readonly #options: ConsumeOptions
  readonly #id = randomUUID()
  #lease: Lease | undefined
  #positions = new Map<string, number>()

  constructor(connection: OwnerConnection, options: ConsumeOptions) {
    this.#connection = connection
    this.#options = options
  }

  /** Reads over one connection or under one lease; true when the reading is over. */
  async *takePart(): AsyncGenerator<Batch, boolean, void> {
    const channel = this.#connection.channel()
    const end = endOnAbort(this.#connection, channel, this.#options.signal)
    this.#join(channel)
    let keepsLease = false
    try {
      for (;;) {
        const message = await channel.mailbox.take()
        if (message === undefined) return true
        if (message === 'down') {
          keepsLease = true
          return false
        }
        if (message.type === TYPE.records) {
          const batch = this.#batch(message)
          if (batch !== undefined) yield batch
          this.#connection.send(jsonMessage(TYPE.credit, channel.id))
        } else if (!(await this.#told(channel, message))) return false
      }
    } finally {
      // The reader lets go first: once told, the owner may give the partitions to another.
      if (!keepsLease) await this.loseLease()
      end()
    }
  }

  #join({ id }: Channel): void {
    const { group, topics, broadcast = [], maxRecords = MAX_RECORDS, whole = false } = this.#options
    const lease = this.#lease
    const resume =
      lease === undefined
        ? {}
        : { resume: { generation: lease.generation, numbers: numbersOf(lease) } }
    const body = { group, member: this.#id, topics, broadcast, maxRecords, whole, ...resume }
    this.#connection.tell(TYPE.join, id, body)
  }

  #batch({ body }: Message): Batch | undefined {
    const { records } = readBatch(this.#connection, body)
    const lease = this.#lease
    if (lease === undefined || records.length === 0) return undefined
    moveBehind(this.#positions, records)
    return { records, lease, commit: () => this.#commit(lease, records) }
  }

  async #commit(lease: Lease, records: readonly StoredRecord[]): Promise<void> {
    const { topics } = this.#options
    const behind = new Map<string, number>()
    moveBehind(
      behind,
      records.filter((record) => topics.includes(record.topic)),
    )
    const claim = claimOf(lease)
    const positions = Object.fromEntries(behind)
    await this.#connection.request((id) => jsonMessage(TYPE.commit, id, { claim, positions }))
  }

  /** Does what the owner says of the lease; false when a new channel is needed. */
  async #told(channel: Channel, message: Message): Promise<boolean> {
    switch (message.type) {
      case TYPE.granted:
        await this.#granted(channel, message.body)
        return true
      case TYPE.resumed:
        this.#start(channel)
        return true
      case TYPE.revoke:
        await this.loseLease()
        this.#connection.tell(TYPE.released, channel.id)
        return true
      case TYPE.lost:
        await this.loseLease()
        return false
      case TYPE.refused:
        return this.#refused(message)
      default:
        return true
    }
  }

  async #granted(channel: Channel, body: Buffer): Promise<void> {
    const { numbers, generation, committed } = parseBody(Granted, body)
    await this.loseLease()
    const { group, topics, assigned } = this.#options
    const partitions = topics.flatMap((topic) => this.#held(topic, numbers))
    const lease = { group, partitions, generation }
    this.#lease = lease
    this.#positions = new Map(Object.entries(committed))
    const named = await assigned?.(lease)
    for (const [key, offset] of named ?? []) this.#positions.set(key, offset)
    this.#start(channel)
  }

  #held(topic: TopicName, numbers: readonly number[]): Lease['partitions'] {
    const count = this.#connection.partitions(topic)
    return numbers.filter((n) => n < count).map((partition) => ({ topic, partition }))
  }

  #start({ id }: Channel): void {
    this.#connection.tell(TYPE.start, id, { positions: Object.fromEntries(this.#positions) })
  }

  async #refused(message: Message): Promise<boolean> {
    const error = errorFrom(message)
    if (error.code !== 'unavailable') throw error
    await pause(REFUSED_WAIT_MS, undefined, { signal: this.#options.signal }).catch(() => undefined)
    return false
  }

  /** Tells the reader that its partitions are no longer its own. */
  async loseLease(): Promise<void> {
    const lease = this.#lease
    this.#lease = undefined
    this.#positions = new Map()
    if (lease !== undefined) await this.#options.revoked?.(lease)
  }
}

/** A lease as the owner checks it. */
export function claimOf(lease: Lease): object {
  return { group: lease.group, generation: lease.generation, numbers: numbersOf(lease) }
}

function numbersOf(lease: Lease): readonly number[] {
  return [...new Set(lease.partitions.map(({ partition }) => partition))]
}

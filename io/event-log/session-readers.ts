import { EventLogError } from '../../lib/event-log.ts'
import { type GroupAction } from './groups.ts'
import { type LogServer } from './log-server.ts'
import { Begin, Follow, Join, parseBody, positionKey, type JoinBody } from './owner-messages.ts'
import { type Session } from './session.ts'
import { Subscription } from './subscription.ts'
import { jsonMessage, TYPE, type Message } from './wire.ts'

/** A member of a group that this session speaks for. */
interface Membership {
  readonly id: number
  readonly join: JoinBody
  readonly subscription: Subscription
  numbers: readonly number[]
}

type Grant = Extract<GroupAction, { kind: 'grant' }>

const MOST_READERS = 64
const FOLLOW_RECORDS = 1000

/** The followers and group members of one session. */
export class SessionReaders {
  readonly #server: LogServer
  readonly #session: Session
  readonly #send: (message: Buffer) => void
  readonly #followers = new Map<number, Subscription>()
  readonly #members = new Map<number, Membership>()

  constructor(server: LogServer, session: Session, send: (message: Buffer) => void) {
    this.#server = server
    this.#session = session
    this.#send = send
  }

  wake(): void {
    for (const subscription of this.#followers.values()) subscription.wake()
    for (const { subscription } of this.#members.values()) subscription.wake()
  }

  groupOf(member: string): string {
    return this.#membership(member)?.join.group ?? ''
  }

  #membership(member: string): Membership | undefined {
    return [...this.#members.values()].find(({ join }) => join.member === member)
  }

  /** What became of a member. */
  told(action: GroupAction): void {
    const membership = this.#membership(action.member)
    if (membership === undefined) return
    const { id, join, subscription } = membership
    switch (action.kind) {
      case 'grant':
        membership.numbers = action.numbers
        this.#send(jsonMessage(TYPE.granted, id, this.#granted(join, action)))
        return
      case 'resumed':
        membership.numbers = join.resume?.numbers ?? []
        this.#send(jsonMessage(TYPE.resumed, id))
        return
      case 'revoke':
        subscription.stop()
        this.#send(jsonMessage(TYPE.revoke, id))
        return
      case 'lost':
        subscription.stop()
        this.#members.delete(id)
        this.#send(jsonMessage(TYPE.lost, id))
    }
  }

  #granted({ group, topics }: JoinBody, { numbers, generation }: Grant): object {
    const committed: Record<string, number> = {}
    for (const name of topics) {
      const { id } = this.#server.topics.named(name)
      for (const number of numbers) {
        const offset = this.#server.store.committed(group, id, number)
        if (offset !== undefined) committed[positionKey(name, number)] = offset
      }
    }
    return { numbers, generation, committed }
  }

  join({ id, body }: Message): void {
    const join = parseBody(Join, body)
    const { topics, store, groups } = this.#server
    const counts = join.topics.map((name) => topics.named(name).partitions)
    for (const name of join.broadcast) topics.named(name)
    this.#bound()
    const { group, member, resume, whole = false } = join
    const asked = { group, member, topics: join.topics, count: Math.max(0, ...counts), whole }
    const actions = groups.join(
      resume === undefined ? asked : { ...asked, resume },
      this.#server.now(),
    )
    if (typeof actions === 'string') throw new EventLogError('unavailable', actions)
    const subscription = new Subscription(id, store, join.maxRecords, this.#send)
    this.#members.set(id, { id, join, subscription, numbers: [] })
    this.#server.speaksFor(member, this.#session)
    this.#server.act(group, actions)
  }

  start({ id, body }: Message): void {
    const membership = this.#members.get(id)
    if (membership === undefined) return
    const { positions } = parseBody(Begin, body)
    const { join, numbers, subscription } = membership
    const { topics } = this.#server
    const own = topics.starts(join.topics, positions).filter((s) => numbers.includes(s.partition))
    subscription.start([...own, ...topics.starts(join.broadcast, positions)])
  }

  follow({ id, body }: Message): void {
    const asked = parseBody(Follow, body)
    const { topics, store } = this.#server
    this.#bound()
    const named = typeof asked.from === 'string' ? {} : asked.from
    const starts = topics.starts(asked.topics, named).map((start) => {
      const end = store.end(start.topic, start.partition)
      return { ...start, offset: asked.from === 'end' ? end : Math.min(start.offset, end) }
    })
    this.#send(jsonMessage(TYPE.following, id, { positions: topics.positions(starts) }))
    const subscription = new Subscription(id, store, FOLLOW_RECORDS, this.#send)
    this.#followers.set(id, subscription)
    subscription.start(starts)
  }

  #bound(): void {
    if (this.#members.size + this.#followers.size < MOST_READERS) return
    throw new EventLogError('unavailable', `a connection has at most ${MOST_READERS} readers`)
  }

  credit(id: number): void {
    this.#followers.get(id)?.credit()
    this.#members.get(id)?.subscription.credit()
  }

  released(id: number): void {
    const join = this.#members.get(id)?.join
    if (join === undefined) return
    const { groups } = this.#server
    this.#server.act(join.group, groups.released(join.group, join.member, this.#server.now()))
  }

  leave(id: number): void {
    this.#followers.get(id)?.stop()
    this.#followers.delete(id)
    const membership = this.#members.get(id)
    if (membership === undefined) return
    membership.subscription.stop()
    this.#members.delete(id)
    this.#server.leave(membership.join.group, membership.join.member, this.#session)
  }

  /** The session ended: nothing is sent any more. */
  close(): void {
    for (const id of [...this.#followers.keys(), ...this.#members.keys()]) this.leave(id)
  }
}

import { type Duplex } from 'node:stream'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { Committer } from './committer.ts'
import { Groups, type GroupAction } from './groups.ts'
import { Session } from './session.ts'
import { type LogStore } from './store.ts'
import { TopicPlaces } from './topic-places.ts'

export interface LogServerOptions {
  readonly store: LogStore
  /** A holder not heard of for this long loses its lease; also how long a revoked one may take. */
  readonly patienceMs: number
  readonly hasRoom: () => boolean
  readonly now: () => number
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What sessions share: one store, one committer, one view of the groups. */
export class LogServer {
  readonly store: LogStore
  readonly committer: Committer
  readonly groups: Groups
  readonly topics: TopicPlaces
  readonly #options: LogServerOptions
  readonly #sessions = new Set<Session>()
  /** Which session speaks for a member. */
  readonly #members = new Map<string, Session>()
  #beatAtMs: number

  constructor(options: LogServerOptions) {
    this.#options = options
    this.store = options.store
    this.#beatAtMs = options.now()
    this.topics = new TopicPlaces(options.store.catalogue)
    this.groups = new Groups(options.store.leases(), options.now(), options.patienceMs)
    const { store, hasRoom, logger, metrics } = options
    const onStored = (): void => {
      for (const session of this.#sessions) session.wake()
    }
    this.committer = new Committer({
      store,
      groups: this.groups,
      hasRoom,
      onStored,
      now: () => this.now(),
      logger,
      metrics,
    })
  }

  now(): number {
    return this.#options.now()
  }

  /** Serves one client until its stream ends. */
  accept(stream: Duplex): void {
    const session = new Session(this, stream, this.#options.logger)
    this.#sessions.add(session)
    this.#options.metrics.gauge('event_log_clients', this.#sessions.size)
  }

  /** The session ended, and its members left. */
  forget(session: Session): void {
    this.#sessions.delete(session)
    this.#options.metrics.gauge('event_log_clients', this.#sessions.size)
  }

  /** From now on the session speaks for the member. */
  speaksFor(member: string, session: Session): void {
    this.#members.set(member, session)
  }

  /** Nothing when another session speaks for the member by now: it came back over a new socket. */
  leave(group: string, member: string, session: Session): void {
    if (this.#members.get(member) !== session) return
    this.#members.delete(member)
    this.act(group, this.groups.leave(group, member, this.now()))
  }

  /** Makes the group's leases durable, then tells members what became of them. */
  act(group: string, actions: readonly GroupAction[]): void {
    for (const action of actions) {
      if (action.kind !== 'grant') this.#members.get(action.member)?.told(action)
      if (action.kind === 'lost') this.#lost(action.member)
    }
    const grants = actions.filter((action) => action.kind === 'grant')
    const leases = this.groups.stored(group)
    if (leases.length === 0) return
    this.committer.submit({ kind: 'leases', leases }, (answer) => {
      if (answer === undefined) {
        for (const grant of grants) this.#members.get(grant.member)?.told(grant)
        return
      }
      for (const grant of grants) {
        this.#members.get(grant.member)?.told({ ...grant, kind: 'lost' })
        this.#lost(grant.member)
        this.act(group, this.groups.leave(group, grant.member, this.now()))
      }
    })
  }

  #lost(member: string): void {
    this.#members.delete(member)
    this.#options.metrics.count('event_log_lost_leases_total')
  }

  /**
   * Takes leases from members not heard of, to be called a few times a second. Time in which this
   * process itself stood still is not held against them.
   */
  beat(): void {
    const nowMs = this.now()
    const stoodStill = Math.max(0, nowMs - this.#beatAtMs - 1000)
    this.#beatAtMs = nowMs
    for (const session of this.#sessions) {
      session.heardAtMs += stoodStill
      if (nowMs - session.heardAtMs <= this.#options.patienceMs) continue
      for (const [member, speaker] of [...this.#members]) {
        if (speaker !== session) continue
        const group = session.groupOf(member)
        this.act(group, this.groups.dismiss(group, member, nowMs))
        this.#members.delete(member)
      }
    }
    for (const action of this.groups.expire(nowMs)) this.act(action.group, [action])
  }

  close(): void {
    for (const session of [...this.#sessions]) session.end()
    this.committer.flush()
  }
}

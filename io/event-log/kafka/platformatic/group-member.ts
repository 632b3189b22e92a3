import {
  heartbeatV4,
  joinGroupV9,
  leaveGroupV5,
  offsetCommitV8,
  syncGroupV5,
} from '@platformatic/kafka'
import { setTimeout as sleep } from 'node:timers/promises'
import { orAborted } from '../../../../lib/or-aborted.ts'
import { HEARTBEAT_MS, REBALANCE_MS, SESSION_MS, type KafkaConnection } from '../connection.ts'
import { isFault, KafkaFault, type Group, type Member, type Place } from '../kafka-client.ts'
import { Coordinator } from './coordinator.ts'
import { says } from './faults.ts'
import { assignmentsOf, placesOf, subscriptionOf } from './group-protocol.ts'

/** What a member needs of the client beside the coordinator. */
export interface GroupPorts {
  partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>>
  begin(place: Place): Promise<number>
  read(from: ReadonlyMap<Place, number>, signal: AbortSignal, take: Member['take']): Promise<void>
}

const PROTOCOL = 'vestibule'
const LEAVE_RETRIES = 2
const CHECK_RETRIES = 20

/**
 * A member of a group by Kafka's classic protocol: join, sync, heartbeats. The library's own consumer
 * rejoins behind the reader's back and commits what an older generation read under the new one; here
 * `revoked` is awaited before the rejoin, and a commit carries the generation that it was read in.
 */
export class GroupMember implements Group {
  readonly ended: Promise<void>
  readonly #ports: GroupPorts
  readonly #coordinator: Coordinator
  readonly #group: string
  readonly #topics: readonly string[]
  readonly #member: Member
  #memberId = ''
  #generation = -1
  readonly #leaving = new AbortController()

  constructor(
    connection: KafkaConnection,
    ports: GroupPorts,
    group: string,
    topics: readonly string[],
    member: Member,
  ) {
    this.#ports = ports
    this.#coordinator = new Coordinator(connection, 'group', group)
    this.#group = group
    this.#topics = topics
    this.#member = member
    this.ended = this.#run()
  }

  async commit(
    generation: number,
    offsets: readonly (Place & { offset: number })[],
  ): Promise<void> {
    const memberId = this.#idIn(generation)
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, places]) => ({
      name,
      partitions: places.map(({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
      })),
    }))
    await this.#coordinator.request((to) =>
      offsetCommitV8.api.async(to, this.#group, generation, memberId, null, topics),
    )
  }

  async check(generation: number): Promise<void> {
    const memberId = this.#idIn(generation)
    await this.#coordinator.request((to) => this.#beatOnce(to, generation, memberId), CHECK_RETRIES)
  }

  async leave(): Promise<void> {
    this.#leaving.abort()
    await this.ended.catch(() => undefined)
  }

  /** Who asks for an older generation than the current one is fenced without a question. */
  #idIn(generation: number): string {
    if (generation === this.#generation && this.#memberId !== '') return this.#memberId
    throw new KafkaFault('fenced', `generation ${generation} of ${this.#group} is over`)
  }

  /** A rebalance under way takes nothing from who holds until it has let go. */
  async #beatOnce(
    to: Parameters<typeof heartbeatV4.api.async>[0],
    generation: number,
    memberId: string,
  ): Promise<'holds' | 'rebalances'> {
    try {
      await heartbeatV4.api.async(to, this.#group, generation, memberId)
      return 'holds'
    } catch (error) {
      if (says(error, 'REBALANCE_IN_PROGRESS')) return 'rebalances'
      throw error
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#leaving
    try {
      while (!signal.aborted) {
        const places = await this.#join()
        if (places !== undefined) await this.#hold(places)
      }
    } finally {
      if (this.#memberId !== '') await this.#leaveGroup()
      this.#generation = -1
      this.#coordinator.close()
    }
  }

  async #leaveGroup(): Promise<void> {
    const members = [{ memberId: this.#memberId }]
    await this.#coordinator
      .request((to) => leaveGroupV5.api.async(to, this.#group, members), LEAVE_RETRIES)
      .catch(() => undefined)
  }

  /** The places of this member; undefined when the round was in vain and is to be begun again. */
  async #join(): Promise<readonly Place[] | undefined> {
    const metadata = subscriptionOf(this.#topics)
    try {
      const joined = await this.#coordinator.request((to) =>
        joinGroupV9.api.async(
          ...([to, this.#group, SESSION_MS, REBALANCE_MS, this.#memberId, null] as const),
          'consumer',
          [{ name: PROTOCOL, metadata }],
        ),
      )
      this.#memberId = joined.memberId
      const leads = joined.leader === joined.memberId
      const assignments = leads
        ? assignmentsOf(joined.members, await this.#ports.partitions(this.#topics))
        : []
      const { generationId, memberId } = joined
      const synced = await this.#coordinator.request((to) =>
        syncGroupV5.api.async(
          ...([to, this.#group, generationId, memberId, null] as const),
          'consumer',
          PROTOCOL,
          assignments,
        ),
      )
      this.#generation = generationId
      return placesOf(synced.assignment)
    } catch (error) {
      return this.#joinAgain(error)
    }
  }

  async #joinAgain(fault: unknown): Promise<undefined> {
    const cause = fault instanceof KafkaFault ? fault.cause : fault
    const given = memberIdIn(cause)
    if (given !== undefined) {
      this.#memberId = given
      return
    }
    if (isFault(fault, 'refused') || !(fault instanceof KafkaFault)) throw fault
    if (says(cause, 'UNKNOWN_MEMBER_ID')) this.#memberId = ''
    await sleep(HEARTBEAT_MS / 5, undefined, { signal: this.#leaving.signal }).catch(
      () => undefined,
    )
  }

  /** Reads the places until a rebalance, the loss of the membership, or the wish to leave. */
  async #hold(places: readonly Place[]): Promise<void> {
    const over = new AbortController()
    const ended = AbortSignal.any([over.signal, this.#leaving.signal])
    const beating = new AbortController()
    const beats = this.#beat(this.#generation, over, beating.signal)
    try {
      const named = await this.#member.assigned(this.#generation, places)
      const from = new Map<Place, number>()
      for (const place of places) {
        from.set(place, named(place) ?? (await this.#ports.begin(place)))
      }
      if (from.size > 0 && !ended.aborted) await this.#ports.read(from, ended, this.#member.take)
      await aborted(ended)
    } finally {
      over.abort()
      await this.#member.revoked()
      beating.abort()
      await beats
    }
  }

  /** Heartbeats until told to stop; `over` aborts at the first one that says the partitions must go. */
  async #beat(generation: number, over: AbortController, stop: AbortSignal): Promise<void> {
    for (;;) {
      if ((await orAborted(sleep(HEARTBEAT_MS), stop)) === 'aborted') return
      try {
        const memberId = this.#memberId
        const said = await this.#coordinator.request(
          (to) => this.#beatOnce(to, generation, memberId),
          0,
        )
        if (said === 'rebalances') over.abort()
      } catch (error) {
        if (!isFault(error, 'fenced')) continue
        if (says(error.cause, 'UNKNOWN_MEMBER_ID')) this.#memberId = ''
        this.#generation = -1
        over.abort()
        return
      }
    }
  }
}

/** The broker answers the first join with an id to join with (KIP-394). */
function memberIdIn(error: unknown): string | undefined {
  if (!(error instanceof Error) || !says(error, 'MEMBER_ID_REQUIRED')) return undefined
  const response: unknown = 'response' in error ? error.response : undefined
  const id =
    typeof response === 'object' && response !== null && 'memberId' in response
      ? response.memberId
      : undefined
  return typeof id === 'string' ? id : undefined
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve()
        },
        { once: true },
      )
  })
}

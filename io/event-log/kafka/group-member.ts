import { setTimeout as sleep } from 'node:timers/promises'
import { orAborted } from '../../../lib/or-aborted.ts'
import { gather, spread } from '../assignment.ts'
import { HEARTBEAT_MS } from './connection.ts'
import {
  isFault,
  KafkaFault,
  type Group,
  type KafkaClient,
  type Member,
  type Place,
} from './kafka-client.ts'
import { untilServed } from './until-served.ts'
import { type GroupWire, type Joiner } from './wires.ts'

/** What a member needs of the client. */
export interface GroupPorts {
  readonly client: Pick<KafkaClient, 'committed' | 'offsets' | 'read'>
  readonly wire: GroupWire
  /** Tries of a request while no broker answers. */
  readonly retries: number
  partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>>
}

/** What a group reads, and whether one member reads all of it. */
export interface GroupReadingPlan {
  readonly topics: readonly string[]
  readonly whole: boolean
}

const LEAVE_RETRIES = 2
const CHECK_RETRIES = 20

/**
 * A member of a group by Kafka's classic protocol: join, sync, heartbeats. The libraries' own consumers
 * rejoin behind the reader's back and commit what an older generation read under the new one; here
 * `revoked` is awaited before the rejoin, and a commit carries the generation that it was read in.
 */
export class GroupMember implements Group {
  readonly ended: Promise<void>
  readonly #ports: GroupPorts
  readonly #group: string
  readonly #reading: GroupReadingPlan
  readonly #member: Member
  #memberId = ''
  #generation = -1
  readonly #leaving = new AbortController()

  #held: readonly number[] = []

  constructor(ports: GroupPorts, group: string, reading: GroupReadingPlan, member: Member) {
    this.#ports = ports
    this.#group = group
    this.#reading = reading
    this.#member = member
    this.ended = this.#run()
  }

  async commit(
    generation: number,
    offsets: readonly (Place & { offset: number })[],
  ): Promise<void> {
    const memberId = this.#idIn(generation)
    await this.#served((wire) => wire.commit(generation, memberId, offsets))
  }

  async check(generation: number): Promise<void> {
    const memberId = this.#idIn(generation)
    await this.#served((wire) => wire.heartbeat(generation, memberId), CHECK_RETRIES)
  }

  async leave(): Promise<void> {
    this.#leaving.abort()
    await this.ended.catch(() => undefined)
  }

  #served<T>(ask: (wire: GroupWire) => Promise<T>, retries = this.#ports.retries): Promise<T> {
    return untilServed(() => ask(this.#ports.wire), retries)
  }

  /** Who asks for an older generation than the current one is fenced without a question. */
  #idIn(generation: number): string {
    if (generation === this.#generation && this.#memberId !== '') return this.#memberId
    throw new KafkaFault('fenced', `generation ${generation} of ${this.#group} is over`)
  }

  async #run(): Promise<void> {
    const { signal } = this.#leaving
    try {
      while (!signal.aborted) {
        const places = await this.#join()
        if (places !== undefined) await this.#hold(places)
      }
    } finally {
      const memberId = this.#memberId
      if (memberId !== '') {
        await this.#served((wire) => wire.leave(memberId), LEAVE_RETRIES).catch(() => undefined)
      }
      this.#generation = -1
      this.#ports.wire.close()
    }
  }

  /** The places of this member; undefined when the round was in vain and is to be begun again. */
  async #join(): Promise<readonly Place[] | undefined> {
    try {
      const { topics, whole } = this.#reading
      const self = { memberId: this.#memberId, topics, claims: this.#held }
      const joined = await this.#served((wire) => wire.join(self))
      this.#memberId = joined.memberId
      const leads = joined.members.length > 0
      const partitions = leads ? await this.#ports.partitions(topics) : new Map<string, number>()
      const assignments = assignmentsOf(joined.members, partitions, whole)
      const places = await this.#served((wire) => wire.sync(joined, assignments))
      this.#generation = joined.generation
      this.#held = [...new Set(places.map(({ partition }) => partition))]
      return places
    } catch (fault) {
      return this.#joinAgain(fault)
    }
  }

  async #joinAgain(fault: unknown): Promise<undefined> {
    if (isFault(fault, 'refused') || !(fault instanceof KafkaFault)) throw fault
    if (fault.code === 'unknown-member') this.#forget()
    const pause = sleep(HEARTBEAT_MS / 5, undefined, { signal: this.#leaving.signal })
    await pause.catch(() => undefined)
  }

  /** The group went on without this member. */
  #forget(): void {
    this.#memberId = ''
    this.#held = []
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
        from.set(place, named(place) ?? (await this.#committed(place)))
      }
      const { client } = this.#ports
      if (from.size > 0 && !ended.aborted) await client.read(from, ended, this.#member.take)
      await aborted(ended)
    } finally {
      over.abort()
      await this.#member.revoked()
      beating.abort()
      await beats
    }
  }

  /** Where the group goes on: where it committed, or at the start. */
  async #committed({ topic, partition }: Place): Promise<number> {
    const { client } = this.#ports
    const committed = await client.committed(this.#group, topic, partition + 1)
    return committed[partition] ?? (await client.offsets(topic, 'start'))[partition] ?? 0
  }

  /** Heartbeats until told to stop; `over` aborts at the first one that says the partitions must go. */
  async #beat(generation: number, over: AbortController, stop: AbortSignal): Promise<void> {
    for (;;) {
      if ((await orAborted(sleep(HEARTBEAT_MS), stop)) === 'aborted') return
      try {
        const said = await this.#ports.wire.heartbeat(generation, this.#memberId)
        if (said === 'rebalances') over.abort()
      } catch (fault) {
        const unknown = isFault(fault, 'unknown-member')
        if (!unknown && !isFault(fault, 'fenced')) continue
        if (unknown) this.#forget()
        this.#generation = -1
        over.abort()
        return
      }
    }
  }
}

/**
 * Who gets what, by the member that leads: numbers are spread over members, who keep what they held as far as
 * it goes, and partition n of every topic goes with number n.
 */
function assignmentsOf(
  members: readonly Joiner[],
  partitions: ReadonlyMap<string, number>,
  whole: boolean,
): ReadonlyMap<string, readonly Place[]> {
  const claimants = members
    .map(({ memberId, claims }) => ({ member: memberId, claims }))
    .sort((a, b) => (a.member < b.member ? -1 : 1))
  const numbers = (whole ? gather : spread)(claimants, Math.max(0, ...partitions.values()))
  return new Map(
    members.map(({ memberId, topics }) => {
      const mine = numbers.get(memberId) ?? []
      const places = topics.flatMap((topic) => {
        const size = partitions.get(topic) ?? 0
        return mine.filter((n) => n < size).map((partition) => ({ topic, partition }))
      })
      return [memberId, places]
    }),
  )
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

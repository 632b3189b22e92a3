import { type Fetched, type Place } from './kafka-client.ts'

/** A member as the one that leads the group hears of it. */
export interface Joiner {
  readonly memberId: string
  readonly topics: readonly string[]
}

export interface Joined {
  readonly memberId: string
  readonly generation: number
  /** All members when this one leads, nobody otherwise. */
  readonly members: readonly Joiner[]
}

/**
 * The requests of Kafka's classic group protocol, each one single try: rejects with KafkaFault, of which
 * `unavailable` may pass, and looks the coordinator up again by itself.
 */
export interface GroupWire {
  /** `memberId`: empty at the first time. */
  join(topics: readonly string[], memberId: string): Promise<Joined>
  sync(
    joined: Omit<Joined, 'members'>,
    assignments: ReadonlyMap<string, readonly Place[]>,
  ): Promise<readonly Place[]>
  /** A rebalance under way takes nothing from who holds until it has let go. */
  heartbeat(generation: number, memberId: string): Promise<'holds' | 'rebalances'>
  commit(
    generation: number,
    memberId: string,
    offsets: readonly (Place & { readonly offset: number })[],
  ): Promise<void>
  leave(memberId: string): Promise<void>
  close(): void
}

/** What is to be fetched of a partition: from `at` on. */
export interface Wanted {
  readonly place: Place
  readonly at: number
}

/** Fetching outside of groups, each request one single try. Rejects with KafkaFault. */
export interface FetchWire {
  /** The node that leads each partition of the topics, looked up anew. */
  leaders(topics: readonly string[]): Promise<(place: Place) => number>
  /** What came of each that moved: records committed, and where its next fetch begins. */
  fetch(node: number, wanted: readonly Wanted[]): Promise<readonly Fetched[]>
  offsets(topic: string, which: 'start' | 'end'): Promise<readonly number[]>
  close(): void
}

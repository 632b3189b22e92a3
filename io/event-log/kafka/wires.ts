import { type Fetched, type Place } from './kafka-client.ts'

/** A member as the one that leads the group hears of it. */
export interface Joiner {
  readonly memberId: string
  readonly topics: readonly string[]
  /** Partition numbers that it held last and would like to keep. */
  readonly claims: readonly number[]
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
  join(self: Joiner): Promise<Joined>
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

/** Claims as they travel in what Kafka leaves to a group's members to say (user data of the subscription). */
export function claimsToBytes(claims: readonly number[]): Buffer {
  return Buffer.from(claims.join(','))
}

/** Those of a stranger are none. */
export function claimsFromBytes(bytes: Buffer | null | undefined): readonly number[] {
  const text = bytes?.toString() ?? ''
  return /^\d{1,9}(,\d{1,9})*$/.test(text) ? text.split(',').map(Number) : []
}

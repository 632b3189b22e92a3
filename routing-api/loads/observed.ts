import { type ServerFacts } from '../decisions/server-view.ts'

/** How able a server was seen to be. */
export type Ability = 'up' | 'draining' | 'down'

/** What was seen of a server from outside; undefined: the source does not speak of it. */
export interface Observed {
  readonly state: Ability
  /** Of its declared capacity, 0 and up. */
  readonly capacityShare: number
  /** Connections it can hold, instead of the declared capacity. */
  readonly capacity: number | undefined
  readonly activeConnections: number | undefined
  readonly atMs: number
}

/** Nobody has seen anything that speaks against it. */
export const UNSEEN: Observed = {
  state: 'up',
  capacityShare: 1,
  capacity: undefined,
  activeConnections: undefined,
  atMs: 0,
}

const RANK = { up: 0, draining: 1, down: 2, removed: 3 } as const

/** The less able of the two: an observer cannot bring back what an operator took out, nor the other way. */
export function lessAble<T extends ServerFacts['state']>(a: T, b: T): T {
  return RANK[b] > RANK[a] ? b : a
}

/** A server as it is registered and as it was seen; connections as whoever spoke last told them. */
export function worst(known: ServerFacts, seen: Observed): ServerFacts {
  const newer = seen.atMs >= known.heardAtMs && seen.activeConnections !== undefined
  return {
    ...known,
    state: lessAble(known.state, seen.state),
    capacity: (seen.capacity ?? known.capacity) * seen.capacityShare,
    activeConnections: newer ? seen.activeConnections : known.activeConnections,
    heardAtMs: Math.max(known.heardAtMs, seen.atMs),
  }
}

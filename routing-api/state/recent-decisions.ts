import { RecentMap } from '../../lib/recent-map.ts'

/** What an outcome needs to know of the decision it reports on. */
export interface RecentDecision {
  readonly clientAddress: Uint8Array
  readonly clientPort: number
  readonly listener: string
  readonly fingerprint: string | null
  readonly connectionId: Uint8Array | null
  readonly server: string | null
  readonly sni: string | null
  /** Behaviour group, of a decision for a data server. */
  readonly group: string | null
}

/** Newest decisions by id (hex): a cache, for outcomes may come without the client's address. */
export type RecentDecisions = RecentMap<string, RecentDecision>

/** Between `most` and twice as many are remembered. */
export function recentDecisions(most = 100_000): RecentDecisions {
  return new RecentMap(most)
}

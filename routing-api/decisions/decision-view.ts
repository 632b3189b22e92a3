import { type PopulationView } from '../../behaviour/population-view.ts'
import { type ListEntry } from '../lists/operator-lists.ts'
import { type ActivePolicy } from '../policy/active-policy.ts'
import { type HabitView, type ReputationView, type ServerView } from './server-view.ts'
import { type ScoreLookup } from './score-facts.ts'

/** How far the state can be trusted. */
export type Freshness =
  | { readonly kind: 'current' }
  | { readonly kind: 'not-caught-up' }
  | { readonly kind: 'stale'; readonly ageMs: number }

/** What operators said of addresses. */
export interface ListView {
  verdict(address: Uint8Array, nowMs: number): ListEntry | undefined
  decoy(address: Uint8Array, nowMs: number): ListEntry | undefined
}

/** Everything a decision is made from beside the request; synchronous, in memory. */
export interface DecisionView {
  readonly scores: ScoreLookup
  readonly population: PopulationView
  readonly lists: ListView
  readonly policy: ActivePolicy
  readonly servers: ServerView
  readonly reputations: ReputationView
  readonly habits: HabitView
  readonly freshness: Freshness
  /** Key of what must not be guessed from outside; the same in all instances. */
  readonly key: string
}

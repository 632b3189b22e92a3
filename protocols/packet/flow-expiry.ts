import { type Stage } from './aging-lists.ts'
import { FIN_SEEN } from './flow-columns.ts'
import { type FlowLimits } from './flow-limits.ts'
import { type FlowStore } from './flow-store.ts'

/** Ends and forgets whatever has been silent for its stage's timeout at event time `now`. */
export function expireFlows(store: FlowStore, limits: FlowLimits, now: number): void {
  expireStage(store, 'ended', now - limits.lingerUs)
  expireStage(store, 'half-open', now - limits.halfOpenTimeoutUs)
  expireStage(store, 'unproven', now - limits.idleTimeoutUs)
  expireStage(store, 'proven', now - limits.idleTimeoutUs)
}

function expireStage(store: FlowStore, stage: Stage, before: number): void {
  const { lists, columns } = store
  for (let slot = lists.oldest(stage); slot >= 0; slot = lists.oldest(stage)) {
    const lastAt = columns.lastAt[slot] ?? 0
    if (lastAt > before) return
    const closing = columns.hasOf(slot, FIN_SEEN, 0) || columns.hasOf(slot, FIN_SEEN, 1)
    const reason = stage === 'half-open' ? 'halfOpenExpired' : closing ? 'finished' : 'idle'
    store.forget(slot, closing ? 'fin' : 'silent', lastAt, reason)
  }
}

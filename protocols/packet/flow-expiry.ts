import { type Stage, STAGES } from './aging-lists.ts'
import { FIN_SEEN } from './flow-columns.ts'
import { type FlowLimits } from './flow-limits.ts'
import { type FlowStore } from './flow-store.ts'

/** Where in a table's work something happened: what orders what several tables tell of one capture. */
export interface Moment {
  /** Frames taken so far, those that are no business of the table included. */
  frame: number
  /** While a stage of silent connections is expired, its place in `STAGES`; else beyond them. */
  stage: number
  /** Of the connection that is expired, the frame that last touched it; 0 else. */
  touched: number
}

/** Ends and forgets whatever has been silent for its stage's timeout at event time `now`. */
export function expireFlows(
  store: FlowStore,
  limits: FlowLimits,
  now: number,
  moment: Moment,
): void {
  expireStage(store, 'ended', now - limits.lingerUs, moment)
  expireStage(store, 'half-open', now - limits.halfOpenTimeoutUs, moment)
  expireStage(store, 'unproven', now - limits.idleTimeoutUs, moment)
  expireStage(store, 'proven', now - limits.idleTimeoutUs, moment)
}

function expireStage(store: FlowStore, stage: Stage, before: number, moment: Moment): void {
  const { lists, columns } = store
  moment.stage = STAGES.indexOf(stage)
  for (let slot = lists.oldest(stage); slot >= 0; slot = lists.oldest(stage)) {
    if (lists.stampOf(slot) > before) return
    const lastAt = columns.lastAt[slot] ?? 0
    moment.touched = lists.frameOf(slot)
    const closing = columns.hasOf(slot, FIN_SEEN, 0) || columns.hasOf(slot, FIN_SEEN, 1)
    const reason = stage === 'half-open' ? 'halfOpenExpired' : closing ? 'finished' : 'idle'
    store.forget(slot, closing ? 'fin' : 'silent', lastAt, reason)
  }
}

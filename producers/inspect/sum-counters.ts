import { createFlowCounters } from '../../protocols/packet/flow-counters.ts'
import { type ObserverCounters } from '../observe.ts'
import { createObservationCounters } from '../observer-context.ts'

/** The counters of several observers as those of one; each of them has seen every frame. */
export function sumCounters(all: readonly ObserverCounters[]): ObserverCounters {
  const flows = createFlowCounters()
  const { ignored, ...observed } = createObservationCounters()
  const memo = { hits: 0, misses: 0 }
  for (const one of all) {
    flows.frames = Math.max(flows.frames, one.flows.frames)
    flows.bytes = Math.max(flows.bytes, one.flows.bytes)
    flows.segments += one.flows.segments
    add(flows.skipped, one.flows.skipped)
    add(flows.flows, one.flows.flows)
    add(flows.packets, one.flows.packets)
    const { ignored: alsoIgnored, ...alsoObserved } = one.observed
    add(observed, alsoObserved)
    add(ignored, alsoIgnored)
    add(memo, one.memo)
  }
  return { flows, observed: { ...observed, ignored }, memo }
}

function add(into: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) into[name] = (into[name] ?? 0) + count
}

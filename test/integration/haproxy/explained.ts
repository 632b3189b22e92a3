import { field } from '../../support/haproxy.ts'

/** HAProxy's code of a question that was not answered in time (doc/SPOE.txt, `set-on-error`). */
export const TIMED_OUT = '1'
/** A second of the breaker, and some for writing it down. */
const BREAKER_MS = 1_200
/** From a check that failed to the line about it, and from the line about its success to a question. */
const SLACK_MS = 500

/** A line, and when it came. */
export interface Stamped {
  readonly line: string
  /** Milliseconds since 1970. */
  readonly cameMs: number
}

/** Takes lines as they come. */
export function stampedInto(stamped: Stamped[]): (line: string) => void {
  return (line) => stamped.push({ line, cameMs: Date.now() })
}

/**
 * A machine that does other things answers late now and then; the breaker then keeps quiet for a second at most, and a health
 * check that is late has the agent out until the next one. What is undecided otherwise is a fault: how many of `own` are.
 */
export function unexplained(own: readonly string[], all: readonly Stamped[]): number {
  const outages = outagesOf(all)
  const late = all
    .filter(({ line }) => field(line, 'err') === TIMED_OUT)
    .map(({ line }) => Number(field(line, 'at')) * 1_000)
  return own.filter((line) => {
    if (field(line, 'pool') !== '-' || field(line, 'err') === TIMED_OUT) return false
    const atMs = Number(field(line, 'at')) * 1_000
    if (late.some((lateMs) => atMs >= lateMs && atMs - lateMs < BREAKER_MS)) return false
    return !outages.some(({ from, to }) => atMs > from - SLACK_MS && atMs < to + SLACK_MS)
  }).length
}

/** When the front tier had an agent out, by its own words. */
function outagesOf(
  all: readonly Stamped[],
): readonly { readonly from: number; readonly to: number }[] {
  const down = new Map<string, number>()
  const outages: { from: number; to: number }[] = []
  for (const { line, cameMs } of all) {
    const [, server, state] = /Server vestibule_agents\/(\S+) is (UP|DOWN)/.exec(line) ?? []
    if (server === undefined) continue
    if (state === 'DOWN') down.set(server, down.get(server) ?? cameMs)
    else {
      outages.push({ from: down.get(server) ?? cameMs, to: cameMs })
      down.delete(server)
    }
  }
  for (const from of down.values()) outages.push({ from, to: Infinity })
  return outages
}

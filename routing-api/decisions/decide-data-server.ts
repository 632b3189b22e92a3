import { type Reason } from '../../schemas/generated/records.ts'
import { chooseServer } from './choose-server.ts'
import { judgeClient, type ClientFacts, type Verdict } from './client-verdict.ts'
import { type DecisionView } from './decision-view.ts'
import { reason } from './reason.ts'
import { isHealthy, type ServerFacts } from './server-view.ts'

/** A data server as it was weighed. */
export interface Candidate {
  readonly id: string
  /** Likeness of its usual clients to this one, 0 to 1; 0.5 where nothing is known. */
  readonly similarity: number
  /** Free share of its capacity, 0 to 1. */
  readonly headroom: number
  /** Expected share of connections that end well; 0.5 where nothing is known. */
  readonly reputation: number
  /** 1 is first. */
  readonly rank: number
}

/** Which data server takes the application traffic, and why. */
export interface DataServerDecision {
  readonly verdict: Verdict
  readonly server: ServerFacts | undefined
  readonly candidates: readonly Candidate[]
  readonly reasons: readonly Reason[]
}

const NEUTRAL = 0.5
const MAX_CANDIDATES = 16

/** Draws a healthy data server at random by capacity; ranking by likeness is not known yet and says so. */
export function decideDataServer(
  facts: ClientFacts,
  view: DecisionView,
  random: () => number,
): DataServerDecision {
  const verdict = judgeClient(facts, view)
  const choice = chooseServer(view.servers, 'data', facts.nowMs, random)
  const reasons: Reason[] = [...verdict.reasons, reason('similarity-unknown')]
  reasons.push(
    choice === undefined ? reason('no-server') : reason('server-random', choice.server.id),
  )
  return {
    verdict,
    server: choice?.server,
    candidates: candidatesOf(view.servers.inPool('data').servers, choice?.server, facts.nowMs),
    reasons,
  }
}

/** The drawn server first, the others by headroom. */
function candidatesOf(
  servers: readonly ServerFacts[],
  drawn: ServerFacts | undefined,
  nowMs: number,
): readonly Candidate[] {
  return servers
    .filter((server) => isHealthy(server, nowMs))
    .map((server) => ({ server, headroom: headroomOf(server) }))
    .sort(
      (a, b) => Number(b.server === drawn) - Number(a.server === drawn) || b.headroom - a.headroom,
    )
    .slice(0, MAX_CANDIDATES)
    .map(({ server, headroom }, at) => ({
      id: server.id,
      similarity: NEUTRAL,
      headroom,
      reputation: NEUTRAL,
      rank: at + 1,
    }))
}

function headroomOf(server: ServerFacts): number {
  const byConnections = 1 - server.activeConnections / server.capacity
  return Math.max(0, Math.min(1, byConnections, 1 - server.load))
}

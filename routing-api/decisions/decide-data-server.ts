import { hashText } from '../../lib/hash-words.ts'
import { type Reason } from '../../schemas/generated/records.ts'
import { groupedClient } from './client-group.ts'
import { judgeClient, type ClientFacts, type Verdict } from './client-verdict.ts'
import { dataServerReasons } from './data-server-reasons.ts'
import { type DecisionView } from './decision-view.ts'
import { neighbours } from './neighbours.ts'
import { firstWithinBound, rankServers, type Weighed } from './rank-servers.ts'
import { type ServerFacts } from './server-view.ts'

/** A data server as it was weighed. */
export interface Candidate {
  readonly id: string
  /** How well it serves clients of this group, 0 to 1; 0.5 where nothing is known. */
  readonly similarity: number
  /** Free share of its capacity, 0 to 1. */
  readonly headroom: number
  /** Expected share of the group's connections that end well. */
  readonly reputation: number
  /** 1 is first. */
  readonly rank: number
}

/** What is asked: who, what was agreed on in the handshake, and for which name. */
export interface DataServerQuestion {
  readonly facts: ClientFacts
  readonly alpn: string | null
  readonly serverName: string | null
}

/** Which data server takes the application traffic, and why. */
export interface DataServerDecision {
  readonly verdict: Verdict
  readonly group: string
  readonly server: ServerFacts | undefined
  readonly candidates: readonly Candidate[]
  readonly reasons: readonly Reason[]
}

const MAX_CANDIDATES = 16

/** Ranks the healthy data servers for the client's behaviour group and takes the first with room. */
export function decideDataServer(
  { facts, alpn, serverName }: DataServerQuestion,
  view: DecisionView,
): DataServerDecision {
  const verdict = judgeClient(facts, view)
  const { address, fingerprint, nowMs } = facts
  const raised = verdict.band !== 'low'
  const client = groupedClient({ address, fingerprint, alpn, serverName, raised }, view.habits)
  const { group, sticky } = client
  const pool = view.servers.inPool('data')
  const { key } = view
  const near = neighbours(pool.ring, hashText(`${key}\0ring\0${sticky}`))
  const ranked = rankServers(near, view.reputations, { group, sticky, nowMs, key })
  const { loadBound } = view.policy.settings.data
  const choice = firstWithinBound(ranked, nowMs, loadBound)
  const order = choice === undefined ? ranked : chosenFirst(ranked, choice.chosen)
  const full = choice?.full ?? []
  const about = { group, ranked: order, full, loadBound, pool, nowMs }
  return {
    verdict,
    group,
    server: choice?.chosen.server,
    candidates: order.slice(0, MAX_CANDIDATES).map(candidateOf),
    reasons: [...verdict.reasons, ...dataServerReasons(about)],
  }
}

function chosenFirst(ranked: readonly Weighed[], chosen: Weighed): readonly Weighed[] {
  return ranked[0] === chosen ? ranked : [chosen, ...ranked.filter((one) => one !== chosen)]
}

function candidateOf(one: Weighed, at: number): Candidate {
  const { server, similarity, headroom, reputation } = one
  return {
    id: server.id,
    similarity: rounded(similarity),
    headroom: rounded(headroom),
    reputation: rounded(reputation),
    rank: at + 1,
  }
}

function rounded(share: number): number {
  return Math.round(share * 1000) / 1000
}

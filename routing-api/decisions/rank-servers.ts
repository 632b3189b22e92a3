import { declaredFit } from '../../behaviour/servers/group.ts'
import { reputationOf } from '../../behaviour/servers/posterior.ts'
import { hashText } from '../../lib/hash-words.ts'
import { normalOf, uniformOf } from './place-hash.ts'
import {
  connectionsOf,
  isHealthy,
  liveLoad,
  OVERALL,
  type ReputationView,
  type ServerFacts,
} from './server-view.ts'

/** A data server as it was weighed for one client. */
export interface Weighed {
  readonly server: ServerFacts
  /** How well it serves the client's group, declared and earned, 0 to 1; 0.5 is as usual. */
  readonly similarity: number
  /** Free share of its capacity, 0 to 1. */
  readonly headroom: number
  /** Expected share of the group's connections that end well. */
  readonly reputation: number
  /** Outcomes of the group that the reputation rests on. */
  readonly strength: number
  /** Share of the clients of the group that it should have, beside the others. */
  readonly weight: number
  /** Where it stands for this client: the least is first. */
  readonly place: number
  /** Believed good enough for the group: what the load is balanced over. */
  readonly eligible: boolean
}

export interface RankQuestion {
  readonly group: string
  readonly sticky: string
  readonly nowMs: number
  /** Of what must not be guessed from outside. */
  readonly key: string
}

/** Outcomes after which what a server earned counts as much as what it declares. */
const DECLARED_STRENGTH = 8
/** A server within this of the best one's reputation is as good: nobody moves for less. */
const AS_GOOD = 0.9
/** How steeply clients leave one that is worse. */
const STEEPNESS = 8
/** And how they prefer the one that suits them. */
const SUITS = 3
const LEAST_SIMILARITY = 0.05
/** Below this share of free capacity new clients go elsewhere, the fewer the less there is. */
const ROOM = 0.2
const LEAST_ROOM = 0.001
/** A client's draw of a server's posterior is the same for so long. */
const DRAW_MS = 86_400_000

/**
 * The healthy ones of `servers`, the client's own first. Each server has a weight: capacity, how well
 * it suits the client's group, room, and the client's *draw* of its reputation. The draw is Thompson
 * sampling (Agrawal & Goyal 2013) with one sample for each client and server instead of one for each
 * connection: all clients together sample the posterior, so that new and recovered servers get tried,
 * and none of them moves before the posterior does. By the weights the client's place follows from
 * weighted rendezvous hashing (Thaler & Ravishankar 1998; Schindelhauer & Schomaker 2005): a change of
 * one weight moves only clients from or to that server, as many as it must.
 */
export function rankServers(
  servers: readonly ServerFacts[],
  reputations: ReputationView,
  question: RankQuestion,
): Weighed[] {
  const { nowMs, group } = question
  const client = hashText(`${question.key}\0${question.sticky}`)
  const known = servers
    .filter((server) => isHealthy(server, nowMs))
    .map((server) => {
      const own = reputations.find(server.id, group)
      const reputation = reputationOf(own, reputations.find(server.id, OVERALL), nowMs)
      return { server, reputation, similarity: similarityOf(server, group, reputation) }
    })
  const best = known.reduce((most, { reputation }) => Math.max(most, reputation.mean), 0)
  const suits = known.reduce((most, { similarity }) => Math.max(most, similarity), 0)
  const epoch = Math.floor(nowMs / DRAW_MS + uniformOf(client, 0x5bd1e995))
  const weighed = known.map(({ server, reputation, similarity }): Weighed => {
    const draw = reputation.mean + reputation.deviation * normalOf(client ^ epoch, server.hash)
    const trust = trustOf(draw, best)
    const headroom = Math.max(0, 1 - liveLoad(server, nowMs))
    const room = Math.max(LEAST_ROOM, Math.min(1, headroom / ROOM) ** 2)
    const fit = (2 * Math.max(LEAST_SIMILARITY, similarity)) ** SUITS
    const weight = server.capacity * fit * room * trust
    return {
      ...{ server, similarity, headroom, weight },
      reputation: reputation.mean,
      strength: reputation.strength,
      place: -Math.log(uniformOf(client, server.hash)) / Math.max(weight, Number.MIN_VALUE),
      eligible: trustOf(reputation.mean, best) >= 0.5 && similarity >= suits / 2,
    }
  })
  return weighed.sort((a, b) => a.place - b.place)
}

/** 1 for all who are about as good as the best; less, and soon very little, for the others. */
function trustOf(mean: number, best: number): number {
  return Math.min(1, Math.max(0.001, mean) / (AS_GOOD * best)) ** STEEPNESS
}

function similarityOf(
  { labels }: ServerFacts,
  group: string,
  { fit, fitStrength }: { readonly fit: number; readonly fitStrength: number },
): number {
  const declared = labels.length === 0 ? 0.5 : declaredFit(labels, group)
  return (DECLARED_STRENGTH * declared + fitStrength * fit) / (DECLARED_STRENGTH + fitStrength)
}

/**
 * The first one in the client's order that is not over its bound of the connections all good ones
 * hold (consistent hashing with bounded loads: Mirrokni, Thorup, Zadimoghaddam 2018). The bound is
 * `most` times the mean for its capacity, rounded down; where that leaves less than one connection above
 * the mean, the next whole one.
 */
export function firstWithinBound(
  ranked: readonly Weighed[],
  nowMs: number,
  most: number,
): { readonly chosen: Weighed; readonly full: readonly Weighed[] } | undefined {
  let [connections, capacity] = [1, 0]
  for (const { server, eligible } of ranked) {
    if (!eligible) continue
    connections += connectionsOf(server, nowMs)
    capacity += server.capacity
  }
  const full: Weighed[] = []
  for (const chosen of ranked) {
    // One that is bad for the group is tried by those whose own it is: it is nobody's way out.
    if (!chosen.eligible && chosen !== ranked[0]) continue
    const { server } = chosen
    const share = capacity === 0 ? 1 : server.capacity / capacity
    const mean = connections * share
    const bound = Math.max(Math.ceil(mean), Math.floor(most * mean))
    if (connectionsOf(server, nowMs) + 1 <= bound) return { chosen, full }
    full.push(chosen)
  }
  const [chosen] = ranked
  return chosen === undefined ? undefined : { chosen, full: [] }
}

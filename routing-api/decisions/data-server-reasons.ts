import { type Reason } from '../../schemas/generated/records.ts'
import { reason } from './reason.ts'
import { type Weighed } from './rank-servers.ts'
import { leftOut, percent } from './server-reasons.ts'
import { type ServerPool } from './server-view.ts'

export interface AboutDataServers {
  readonly group: string
  /** The chosen one first. */
  readonly ranked: readonly Weighed[]
  /** Those before it in the client's order that were over their bound. */
  readonly full: readonly Weighed[]
  readonly loadBound: number
  readonly pool: ServerPool
  readonly nowMs: number
}

/** Servers of which it is said why they were not chosen. */
const NAMED = 4

/** Why this data server, and why not the others: for each, what most speaks against it. */
export function dataServerReasons(about: AboutDataServers): readonly Reason[] {
  const { group, ranked, pool, nowMs } = about
  const [chosen, ...others] = ranked
  if (chosen === undefined) return [reason('no-server'), ...leftOut(pool, nowMs)]
  const unknown = ranked.every(({ strength }) => strength < 1)
  const reasons = [reason('server-suits', chosen.server.id, whyThis(chosen, group, ranked.length))]
  if (unknown) reasons.push(reason('similarity-unknown', group))
  for (const other of others.slice(0, NAMED)) reasons.push(whyNot(other, chosen, about))
  return [...reasons, ...leftOut(pool, nowMs)]
}

function whyThis(
  { reputation, similarity, headroom, strength }: Weighed,
  group: string,
  of: number,
): string {
  const known =
    strength < 1 ? 'expected of a new server' : `of some ${Math.round(strength)} outcomes`
  const parts = [
    `${percent(reputation)} end well (${known})`,
    `similarity ${similarity.toFixed(2)}`,
    `${percent(headroom)} free`,
  ]
  return `of ${of} for ${group}: ${parts.join(', ')}`
}

/** The factor in which it is furthest behind; where it is as good, only the client's place decided. */
function whyNot(other: Weighed, chosen: Weighed, { full, loadBound }: AboutDataServers): Reason {
  const { id } = other.server
  if (full.includes(other)) {
    return reason(
      'server-full',
      id,
      `${id}, this client's own, holds ${loadBound} times its share: ${percent(1 - other.headroom)} busy`,
    )
  }
  const behind = [
    {
      ratio: other.reputation / chosen.reputation,
      text: `${id} ends ${percent(other.reputation)} well, against ${percent(chosen.reputation)}`,
    },
    {
      ratio: other.similarity / chosen.similarity,
      text: `${id} suits such clients less: ${other.similarity.toFixed(2)} against ${chosen.similarity.toFixed(2)}`,
    },
    {
      ratio: other.headroom < 0.2 ? other.headroom / 0.2 : 1,
      text: `${id} has ${percent(other.headroom)} free`,
    },
  ].reduce((most, one) => (one.ratio < most.ratio ? one : most))
  if (behind.ratio < 0.9) return reason('server-behind', id, behind.text)
  return reason(
    'server-place',
    id,
    `${id} is about as good; this client's place is ${chosen.server.id}`,
  )
}

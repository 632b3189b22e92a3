import { parseAddress } from '../../lib/client-entity.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { type Band } from '../../behaviour/scoring/score-map.ts'
import { bandOf, judgeClient, type Verdict } from '../decisions/client-verdict.ts'
import { type DecisionView } from '../decisions/decision-view.ts'
import { currentScore } from '../decisions/score-facts.ts'
import { parseCidr, type Cidr } from '../lists/cidr.ts'
import { type OperatorLists } from '../lists/operator-lists.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { compareCidrs, contains, without } from './prefixes.ts'

/** A prefix that a packet filter may refuse, and why. */
export interface Blocked {
  readonly cidr: Cidr
  /** Whole seconds, rounded up to minutes: the same list comes out within a minute. */
  readonly ttlS: number
  readonly ground: 'deny-list' | 'tls' | 'ssh'
  readonly band: Band
  /** For people; holds what operators wrote. */
  readonly text: string
}

/** Clients over the band that are not on the list, by why. */
export interface HeldBack {
  readonly shadow: number
  readonly shared: number
  readonly loggedIn: number
  /** An operator allows them, or they are own machinery. */
  readonly allowed: number
}

export interface Blocklist {
  readonly entries: readonly Blocked[]
  readonly heldBack: HeldBack
}

/** What a list is made of: decisions' view, with operators' words to go through. */
export interface BlocklistView extends DecisionView {
  readonly lists: OperatorLists
}

export interface BlocklistOptions {
  readonly minBand: Exclude<Band, 'low'>
  readonly ttlMs: number
  /** Whose shadow and thresholds count; the policy's own where nobody is named. */
  readonly listener: string
  /** Leave out what operators denied. */
  readonly scoresOnly: boolean
}

const RANK: Readonly<Record<Band, number>> = { low: 0, medium: 1, high: 2, critical: 3 }

/**
 * Which addresses a packet filter may refuse. It sees addresses only and refuses all who share one, so
 * only what speaks against the address as a whole counts: never an address known as shared, nor one
 * from which somebody logged in within 30 days, whatever one of its programs did. Operators' words
 * stand: what they deny is listed without what they allow in it, in shadow too.
 */
export function blocklist(
  entities: Iterable<string>,
  view: BlocklistView,
  nowMs: number,
  options: BlocklistOptions,
): Blocklist {
  const heldBack = { shadow: 0, shared: 0, loggedIn: 0, allowed: 0 }
  const allowed = allowedNow(view, nowMs).filter(({ family }) => family === 6)
  const found: Blocked[] = options.scoresOnly ? [] : [...denied(view, nowMs, options)]
  for (const entity of entities) {
    const client = clientOf(entity)
    if (client === undefined) continue
    const { address, protocol } = client
    const facts = { address, protocol, fingerprint: null, inHand: [], serverAddress: null, nowMs }
    const verdict = judgeClient(facts, view)
    const score = view.scores.find(entity)
    if (score === undefined || verdict.word === 'deny') continue
    const { value } = currentScore(score, nowMs) ?? { value: 0 }
    if (RANK[bandOf(protocol, value)] < RANK[options.minBand]) continue
    const why = heldBackBy(verdict, protocol, view, options)
    if (why !== undefined) heldBack[why] += 1
    else {
      const entry = suspect(client, verdict, score.validUntilMs - nowMs, options)
      // A client of IPv6 is a /64, in which single addresses may be allowed.
      for (const cidr of without(client.cidr, allowed)) found.push({ ...entry, cidr })
    }
  }
  return { entries: merged(found), heldBack }
}

function heldBackBy(
  verdict: Verdict,
  protocol: Protocol,
  { policy }: DecisionView,
  { minBand, listener }: BlocklistOptions,
): keyof HeldBack | undefined {
  if (verdict.word !== 'none') return 'allowed'
  if (verdict.recentLogin !== 'none') return 'loggedIn'
  // The same evidence weighs less where it may come of somebody else, or is of one kind only.
  if (RANK[bandOf(protocol, verdict.acting)] < RANK[minBand]) return 'shared'
  return rulesOf(policy, listener, protocol).shadow ? 'shadow' : undefined
}

interface Client {
  readonly cidr: Cidr
  readonly address: Uint8Array
  readonly protocol: Protocol
}

/** The client of `ip:ADDRESS#PROTOCOL`; undefined for entities of another kind. */
function clientOf(entity: string): Client | undefined {
  const parts = /^ip:([0-9a-f.:]{2,45}(?:\/64)?)#(tls|ssh)$/.exec(entity)
  const cidr = parseCidr(parts?.[1] ?? '')
  const address = parseAddress(parts?.[1]?.split('/', 1)[0] ?? '')
  if (cidr === undefined || address === undefined) return undefined
  return { cidr, address, protocol: parts?.[2] === 'ssh' ? 'ssh' : 'tls' }
}

function suspect(
  { cidr, protocol }: Client,
  { band, reasons }: Verdict,
  leftMs: number,
  { ttlMs }: BlocklistOptions,
): Blocked {
  const text = reasons.find(({ nats }) => nats > 0)?.text ?? 'past evidence'
  return { cidr, ground: protocol, band, text, ttlS: wholeMinutes(Math.min(leftMs, ttlMs)) }
}

function* denied(
  view: BlocklistView,
  nowMs: number,
  { ttlMs }: BlocklistOptions,
): Iterable<Blocked> {
  const { lists, policy } = view
  const own = [...policy.settings.ownMachinery, ...policy.settings.trustedProxies].flatMap(read)
  const allowed = allowedNow(view, nowMs)
  for (const { cidr: text, actor, reason, untilMs } of lists.entries('deny')) {
    const cidr = parseCidr(text)
    if (cidr === undefined || (untilMs !== null && untilMs <= nowMs)) continue
    const ttlS = wholeMinutes(Math.min(ttlMs, (untilMs ?? Infinity) - nowMs))
    const about = { ttlS, ground: 'deny-list', band: 'critical' } as const
    // The longer prefix holds: what is allowed around a denied prefix gives way to it.
    const open = [...own, ...allowed.filter((one) => contains(cidr, one))]
    for (const part of without(cidr, open))
      yield { cidr: part, ...about, text: `denied by ${actor}: ${reason}` }
  }
}

function allowedNow({ lists }: BlocklistView, nowMs: number): readonly Cidr[] {
  return [...lists.entries('allow')]
    .filter(({ untilMs }) => untilMs === null || nowMs < untilMs)
    .flatMap(({ cidr }) => read(cidr))
}

function read(text: string): readonly Cidr[] {
  const cidr = parseCidr(text)
  return cidr === undefined ? [] : [cidr]
}

function wholeMinutes(ms: number): number {
  return 60 * Math.max(1, Math.ceil(ms / 60_000))
}

/** In order; what lies in another is left out, with the longer of the two times. */
function merged(found: readonly Blocked[]): readonly Blocked[] {
  const kept: Blocked[] = []
  for (const one of found.toSorted(compareBlocked)) {
    const last = kept.at(-1)
    if (last === undefined || !contains(last.cidr, one.cidr)) kept.push(one)
    else if (one.ttlS > last.ttlS && last.cidr.prefix === one.cidr.prefix)
      kept[kept.length - 1] = { ...last, ttlS: one.ttlS }
  }
  return kept
}

function compareBlocked(a: Blocked, b: Blocked): number {
  return compareCidrs(a.cidr, b.cidr) || (a.ground < b.ground ? -1 : a.ground > b.ground ? 1 : 0)
}

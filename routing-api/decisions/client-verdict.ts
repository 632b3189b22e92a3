import { ipEntity, ipFpEntity, netOf, scoreEntity } from '../../behaviour/entity.ts'
import { type Evidence } from '../../behaviour/evidence/evidence.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { sshBand, tlsBand, type Band } from '../../behaviour/scoring/score-map.ts'
import { clientEntity } from '../../lib/client-entity.ts'
import { type Reason, type Score } from '../../schemas/generated/records.ts'
import { type DecisionView } from './decision-view.ts'
import { judgeEvidence } from './judge-evidence.ts'
import { type Held } from './missing-proof.ts'
import { reason } from './reason.ts'
import { currentScore, valueOf, type CurrentScore } from './score-facts.ts'

/** Who is judged, and what was presented. */
export interface ClientFacts {
  readonly address: Uint8Array
  readonly protocol: Protocol
  /** stableKey or HASSH of what is in hand; null when there is none. */
  readonly fingerprint: string | null
  /** What the hello or KEXINIT in hand says. */
  readonly inHand: readonly Evidence[]
  /** Address of the protected service, where the caller named it: decoys are addresses. */
  readonly serverAddress: Uint8Array | null
  readonly nowMs: number
}

export type DecidedBy = 'list' | 'hello' | 'ip-fp' | 'ip' | 'fp' | 'net' | 'none' | 'default'

/** What is thought of a client at this moment, before a listener's rules make an answer of it. */
export interface Verdict {
  /** TLS 0..1, SSH 0..100. */
  readonly score: number
  /**
   * The part of the score that may move the client: 0 where only a shared address speaks, and what the
   * handshake in hand says alone where only a fingerprint or a network speaks beside it.
   */
  readonly acting: number
  /** Highest score of lately, since the client proved itself; at least `acting`. */
  readonly peak: number
  readonly band: Band
  readonly decidedBy: DecidedBy
  /** A word that stands above the score. */
  readonly word: 'none' | 'own-machinery' | 'allow' | 'deny'
  readonly ground: Score['ground']
  readonly reasons: readonly Reason[]
  /** What the score is made of, nats. */
  readonly held: Held
  /** Age of the newest score used, milliseconds; null when none was. */
  readonly ageMs: number | null
  /** Why scores were not used; null when they were, or none was needed. */
  readonly fault: 'not-caught-up' | 'scores-stale' | 'internal-fault' | null
  readonly modelVersion: string
  /** Who logged in within 30 days: client and fingerprint together, or only the address. */
  readonly recentLogin: 'pair' | 'address' | 'none'
  /** The highest value that the safety rules leave this client, whatever is added. */
  readonly ceiling: number
}

export const NO_MODEL = 'none'
export const NOTHING_HELD: Held = { evidence: 0, standing: 0 }

/** Judges a client: own machinery, then lists, then scores together with the handshake in hand. */
export function judgeClient(facts: ClientFacts, view: DecisionView): Verdict {
  const { policy, lists } = view
  if (
    policy.machinery.find(facts.address) === true ||
    policy.proxies.find(facts.address) === true
  ) {
    return settled(facts, 'own-machinery', [reason('own-machinery')])
  }
  const entry = lists.verdict(facts.address, facts.nowMs)
  if (entry !== undefined && entry.list !== 'decoy') {
    const text = `${entry.list === 'allow' ? 'allowed' : 'denied'} by ${entry.actor}: ${entry.reason}`
    return settled(facts, entry.list, [reason(`list-${entry.list}`, entry.cidr, text)])
  }
  return judgeByEvidence(facts, view)
}

function settled(
  facts: ClientFacts,
  word: 'own-machinery' | 'allow' | 'deny',
  reasons: readonly Reason[],
): Verdict {
  const score = word === 'deny' ? (facts.protocol === 'tls' ? 1 : 100) : 0
  return {
    score,
    acting: score,
    peak: score,
    band: bandOf(facts.protocol, score),
    decidedBy: 'list',
    word,
    ground: 'assumed',
    reasons,
    held: NOTHING_HELD,
    ageMs: null,
    fault: null,
    modelVersion: NO_MODEL,
    recentLogin: 'none',
    ceiling: 100,
  }
}

function judgeByEvidence(facts: ClientFacts, view: DecisionView): Verdict {
  const fault = faultOf(view)
  const prior = fault === null ? findPrior(facts, view) : undefined
  const inHand = withDecoy(facts, view)
  const notes: Reason[] = []
  if (fault !== null) notes.push(reason(fault, null, staleText(view)))
  else if (prior === undefined) notes.push(reason('no-history'))
  if (prior !== undefined && inHand.length === 0 && isOrdinary(facts.protocol, prior)) {
    return { ...ordinary(facts, prior, view), ...standingOf(facts, prior, view) }
  }
  const judged = judgeEvidence(facts, inHand, prior, view)
  const { acting } = judged
  return {
    ...judged,
    // Of a prior that may not act by itself the past may not either.
    peak: acting < judged.score ? acting : Math.max(acting, prior?.peak ?? 0),
    band: bandOf(facts.protocol, judged.score),
    decidedBy: decidedBy(judged.byHello, prior, fault),
    word: 'none',
    reasons: [...judged.reasons, ...notes],
    ageMs: prior?.ageMs ?? null,
    fault,
    modelVersion: prior?.facts.modelVersion ?? NO_MODEL,
    ...standingOf(facts, prior, view),
  }
}

type Standing = Pick<Verdict, 'recentLogin' | 'ceiling'>

const THIRTY_DAYS_MS = 30 * 86_400_000
const SHARED_CEILING: Readonly<Record<Protocol, number>> = { tls: 0.74, ssh: 69 }
const LOGIN_CEILING: Readonly<Record<Protocol, number>> = { tls: 0.97, ssh: 89 }

/** What the safety rules of architecture 6.3 make of who is judged. */
function standingOf(
  facts: ClientFacts,
  prior: CurrentScore | undefined,
  view: DecisionView,
): Standing {
  const last = prior?.facts.lastSuccessAtMs ?? null
  const pair = prior?.facts.kind === 'ip-fp'
  const recent = last !== null && facts.nowMs - last <= THIRTY_DAYS_MS
  const shared = !pair && (prior?.facts.shared === true || isShared(facts, view))
  const { protocol } = facts
  if (shared) return { recentLogin: recent ? 'address' : 'none', ceiling: SHARED_CEILING[protocol] }
  if (!recent) return { recentLogin: 'none', ceiling: protocol === 'tls' ? 1 : 100 }
  return { recentLogin: pair ? 'pair' : 'address', ceiling: LOGIN_CEILING[protocol] }
}

function decidedBy(
  byHello: boolean,
  prior: CurrentScore | undefined,
  fault: Verdict['fault'],
): DecidedBy {
  if (byHello) return 'hello'
  if (prior !== undefined) return kindOf(prior)
  return fault === null ? 'none' : 'default'
}

/** A low score needs neither its contributions nor its caps: nothing speaks against the client. */
function isOrdinary(protocol: Protocol, prior: CurrentScore): boolean {
  return prior.value < (protocol === 'tls' ? 0.325 : 30) && prior.evidence <= 3
}

function ordinary(
  facts: ClientFacts,
  prior: CurrentScore,
  view: DecisionView,
): Omit<Verdict, keyof Standing> {
  const { protocol } = facts
  const { kind } = prior.facts
  const mayAct =
    kind === 'ip-fp' || (kind === 'ip' && !prior.facts.shared && !isShared(facts, view))
  return {
    score: prior.value,
    acting: mayAct ? prior.value : 0,
    peak: mayAct ? prior.peak : 0,
    band: bandOf(protocol, prior.value),
    decidedBy: kindOf(prior),
    word: 'none',
    ground: 'assumed',
    held: { evidence: prior.evidence, standing: 0 },
    reasons: [
      {
        code: 'history',
        text: 'earlier evidence about this client',
        entity: prior.facts.entity,
        nats: prior.evidence,
        points: prior.value,
      },
    ],
    ageMs: prior.ageMs,
    fault: null,
    modelVersion: prior.facts.modelVersion,
  }
}

/**
 * The score that speaks for the client. Client and fingerprint together decide before the address
 * when they proved themselves, when the address is shared, or when they are the riskier of the two;
 * else a client that changes its fingerprint would walk away from what its address did. Fingerprint
 * and network speak only where nothing is known of the client.
 */
function findPrior(facts: ClientFacts, view: DecisionView): CurrentScore | undefined {
  const { protocol, fingerprint, nowMs } = facts
  const client = clientEntity(facts.address)
  const look = (entity: string): CurrentScore | undefined => {
    const found = view.scores.find(entity)
    return found === undefined ? undefined : currentScore(found, nowMs)
  }
  const alone = look(ipEntity(client, protocol))
  const both = fingerprint === null ? undefined : look(ipFpEntity(client, fingerprint, protocol))
  if (both !== undefined) {
    if (alone === undefined || both.facts.lastSuccessAtMs !== null) return both
    if (alone.facts.shared || isShared(facts, view) || both.evidence >= alone.evidence) return both
  }
  if (alone !== undefined) return alone
  const program = fingerprint === null ? undefined : look(scoreEntity('fp', fingerprint, protocol))
  return program ?? look(scoreEntity('net', netOf(client), protocol))
}

/** Known to stand for many people, by what the policy says. */
function isShared(facts: ClientFacts, view: DecisionView): boolean {
  return view.policy.shared.find(facts.address) === true
}

function withDecoy(facts: ClientFacts, view: DecisionView): readonly Evidence[] {
  if (facts.serverAddress === null) return facts.inHand
  const entry = view.lists.decoy(facts.serverAddress, facts.nowMs)
  if (entry === undefined) return facts.inHand
  const decoy: Evidence = {
    feature: 's_decoy',
    family: 'names',
    nats: 4.6,
    value: 1,
    unit: 'decoys',
    baseline: 0,
    oneIn: null,
    text: `asked for the decoy ${entry.cidr}`,
  }
  return [...facts.inHand, decoy]
}

function faultOf(view: DecisionView): 'not-caught-up' | 'scores-stale' | null {
  if (view.freshness.kind === 'current') return null
  return view.freshness.kind === 'stale' ? 'scores-stale' : 'not-caught-up'
}

function staleText({ freshness }: DecisionView): string | undefined {
  if (freshness.kind !== 'stale') return undefined
  return `scores have been silent for ${Math.round(freshness.ageMs / 1000)} s: the default was answered`
}

function kindOf(prior: CurrentScore): DecidedBy {
  const { kind } = prior.facts
  return kind === 'asn' || kind === 'user' ? 'none' : kind
}

/** The band of a value on its protocol's scale. */
export function bandOf(protocol: Protocol, value: number): Band {
  return protocol === 'tls' ? tlsBand(value) : sshBand(value)
}

/** The value a client starts with when nothing is known. */
export function startOf(protocol: Protocol): number {
  return valueOf(protocol, 0)
}

import { type Evidence } from '../../behaviour/evidence/evidence.ts'
import { NOT_BOUGHT_OFF } from '../../behaviour/evidence/not-bought-off.ts'
import { type FeatureId } from '../../behaviour/evidence/features.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { type CapName } from '../../behaviour/scoring/caps.ts'
import { combine, type Combined } from '../../behaviour/scoring/combine.ts'
import { EPISODE_MS } from '../../lib/challenge-results.ts'
import { type Contribution, type Reason, type Score } from '../../schemas/generated/records.ts'
import { type ClientFacts } from './client-verdict.ts'
import { type DecisionView } from './decision-view.ts'
import { type Held } from './missing-proof.ts'
import { reason, reasonOf } from './reason.ts'
import { type CurrentScore } from './score-facts.ts'

export interface JudgedEvidence {
  readonly score: number
  /** The part of it that may move the client (client-verdict.ts). */
  readonly acting: number
  readonly ground: Score['ground']
  readonly reasons: readonly Reason[]
  /** The handshake in hand moved the score more than history did. */
  readonly byHello: boolean
  /** What the score is made of, nats, and the part of it that no proof takes off. */
  readonly held: Held
}

const MAX_REASONS = 5
/** What only a fingerprint or a network can bring a client to: just below the bands that act. */
const STRANGER_CAP: Readonly<Record<Protocol, number>> = { tls: 0.74, ssh: 69 }

/**
 * The engine's combination of history and the handshake in hand. A hello is easily forged: what in it
 * speaks for the client outweighs what in it speaks against, and never what is known of the client.
 */
export function judgeEvidence(
  facts: ClientFacts,
  inHand: readonly Evidence[],
  prior: CurrentScore | undefined,
  view: DecisionView,
): JudgedEvidence {
  const combined = combineNow(facts, inHand, prior, view)
  const known = prior?.evidence ?? 0
  if (combined.evidence < known && inHand.length > 0) {
    return restrained(finish(combineNow(facts, [], prior, view), prior, false), facts, prior, view)
  }
  const byHello = combined.evidence - Math.max(0, known) > Math.max(0, known)
  if (prior === undefined || !isStranger(prior)) {
    return restrained(finish(combined, prior, byHello), facts, prior, view)
  }
  const alone = combineNow(facts, inHand, undefined, view)
  const limit = Math.max(STRANGER_CAP[facts.protocol], alone.value)
  if (combined.value <= limit) {
    return { ...finish(combined, prior, byHello), acting: alone.value }
  }
  const held = finish({ ...combined, value: limit }, prior, byHello)
  const reasons = [...held.reasons, reason('cap-unproven-client', prior.facts.entity)]
  return { ...held, acting: alone.value, reasons }
}

/** Client-only evidence about a shared address moves nobody, whatever the threshold is. */
function restrained(
  judged: JudgedEvidence,
  facts: ClientFacts,
  prior: CurrentScore | undefined,
  view: DecisionView,
): JudgedEvidence {
  if (prior?.facts.kind !== 'ip') return judged
  const shared = prior.facts.shared || view.policy.shared.find(facts.address) === true
  return shared ? { ...judged, acting: 0 } : judged
}

function combineNow(
  facts: ClientFacts,
  evidence: readonly Evidence[],
  prior: CurrentScore | undefined,
  view: DecisionView,
): Combined {
  const shared = view.policy.shared.find(facts.address) === true || prior?.facts.shared === true
  const success = prior?.facts.lastSuccessAtMs ?? null
  return combine({
    protocol: facts.protocol,
    priorNats: (prior?.evidence ?? 0) - overNats(prior, facts.nowMs),
    priorContributions: prior === undefined ? [] : decayed(prior, facts.nowMs),
    evidence,
    context: {
      shared,
      clientOnly: prior?.facts.kind !== 'ip-fp',
      lastSuccessAt: success === null ? null : success * 1000,
      now: facts.nowMs * 1000,
      population: view.population.find('global', facts.protocol, facts.protocol)?.total ?? 0,
    },
  })
}

function decayed(prior: CurrentScore, nowMs: number): readonly Contribution[] {
  return prior.facts
    .contributions()
    .filter((row) => !isOver(row, prior, nowMs))
    .map((row) => ({ ...row, nats: row.nats * prior.left }))
}

/** What challenges themselves added counts until their episode is over, whether anything was seen since or not. */
function isOver({ feature }: Contribution, { facts }: CurrentScore, nowMs: number): boolean {
  return EPISODIC.has(feature) && nowMs - facts.asOfMs > EPISODE_MS
}

const EPISODIC: ReadonlySet<string> = new Set<FeatureId>(['s_challenge_failed', 's_challenge_ms'])

function overNats(prior: CurrentScore | undefined, nowMs: number): number {
  // Fetching contributions costs a decode: most scores are younger than an episode, or not of SSH.
  if (prior?.facts.protocol !== 'ssh' || nowMs - prior.facts.asOfMs <= EPISODE_MS) return 0
  const over = prior.facts.contributions().filter((row) => isOver(row, prior, nowMs))
  return over.reduce((sum, { nats }) => sum + nats * prior.left, 0)
}

function isStranger(prior: CurrentScore): boolean {
  return prior.facts.kind === 'fp' || prior.facts.kind === 'net'
}

function finish(
  combined: Combined,
  prior: CurrentScore | undefined,
  byHello: boolean,
): JudgedEvidence {
  const calibrated = prior?.facts.ground === 'calibrated' && combined.cap === null
  const score = calibrated ? Math.max(combined.value, prior.value) : combined.value
  const entity = prior?.facts.entity ?? null
  const top = combined.contributions.filter((row) => row.feature !== 'cap').slice(0, MAX_REASONS)
  const reasons = top.map((row) => reasonOf(row, entity))
  if (combined.cap !== null) reasons.push(capReason(combined.cap, entity))
  return {
    score,
    acting: score,
    ground: calibrated ? 'calibrated' : combined.ground,
    reasons,
    byHello,
    held: { evidence: combined.evidence, standing: standingOf(combined) },
  }
}

function standingOf({ contributions }: Combined): number {
  return contributions.reduce(
    (sum, { feature, nats }) => sum + (NOT_BOUGHT_OFF.has(feature) ? nats : 0),
    0,
  )
}

const CAP_CODES = {
  'cold-start': 'cap-cold-start',
  'shared-address': 'cap-shared',
  'recent-login': 'cap-recent-login',
  'one-voice': 'cap-ground',
} as const satisfies Record<CapName, string>

function capReason(cap: CapName, entity: string | null): Reason {
  return reason(CAP_CODES[cap], entity)
}

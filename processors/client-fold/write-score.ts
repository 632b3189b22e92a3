import { scoreEntity } from '../../behaviour/entity.ts'
import { EVIDENCE_HALF_LIFE_MS } from '../../behaviour/decay.ts'
import { FEATURE_WORDS } from '../../behaviour/evidence/feature-words.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { MODEL_VERSION } from '../../behaviour/model-version.ts'
import { type CapContext } from '../../behaviour/scoring/caps.ts'
import { type Calibration } from '../../behaviour/scoring/conformal.ts'
import { type Stratum } from '../../behaviour/scoring/stratum.ts'
import { assess, combine, type Assessment } from '../../behaviour/scoring/combine.ts'
import { type Contribution, type Score } from '../../schemas/generated/records.ts'
import { type JudgedProfile } from './judged-profile.ts'
import { FLAG, TIME, WORD } from './layout.ts'

/** Half-lives after which a score is not to be used. */
const VALID_HALF_LIVES = 4
/** A login protects its address from being terminated this long (architecture 6.3): so long it must be known. */
const LOGIN_PROTECTS_MS = 30 * 86_400_000
/** Steps worth publishing: 2 points on either scale. */
const STEP = { ssh: 2, tls: 0.02 } as const
const BANDS: readonly Score['band'][] = ['low', 'medium', 'high', 'critical']

/** What a score needs besides its profile. */
export interface ScoreFrame {
  readonly kind: 'ip' | 'ip-fp'
  readonly key: string
  readonly eventId: Uint8Array
  readonly observedAt: number
  readonly ingestedAt: number
  readonly site: string
  readonly population: number
  /** Of the address: a client with one fingerprint shares it. */
  readonly shared: boolean
  readonly lastSuccessMs: number
  readonly denied: boolean
  readonly calibration: Calibration | undefined
  readonly stratum: Stratum
  /** Asked only when a score is written. */
  readonly state: () => string | null
}

/** Less than this much evidence moves no score by half a point. */
const QUIET_NATS = 0.02
const GROWTH = 1.25

/** True when nothing can have moved since the last score: what most events of ordinary clients find. */
export function isQuiet(profile: JudgedProfile): boolean {
  if (profile.integer(WORD.publishedBand) === 0 || profile.has(FLAG.proofUntold)) return false
  if (Math.abs(profile.evidence - profile.number(WORD.publishedEvidence)) >= QUIET_NATS)
    return false
  return !hasOutgrown(profile) && !isHalfSpent(profile)
}

/** Whose score is at its end goes on trying: how often is worth telling at each quarter more. */
function hasOutgrown(profile: JudgedProfile): boolean {
  if (profile.integer(WORD.publishedBand) <= 1) return false
  return countOf(profile) >= GROWTH * profile.number(WORD.publishedCount)
}

/** Connections and attempts, decayed. */
export function countOf(profile: JudgedProfile): number {
  return profile.number(WORD.connections) + profile.number(WORD.attempts)
}

function isHalfSpent(profile: JudgedProfile): boolean {
  const halfLife = EVIDENCE_HALF_LIFE_MS[profile.protocol]
  return profile.time(TIME.asOf) - profile.time(TIME.published) >= (VALID_HALF_LIVES * halfLife) / 2
}

/** The judgement of a profile at its last event, without its explanation. */
export function judge(profile: JudgedProfile, frame: ScoreFrame): Assessment {
  return assess(profile.protocol, profile.weighed(), contextOf(profile, frame))
}

function contextOf(profile: JudgedProfile, frame: ScoreFrame): CapContext {
  return {
    shared: frame.shared,
    clientOnly: frame.kind === 'ip',
    lastSuccessAt: frame.lastSuccessMs === 0 ? null : Math.round(frame.lastSuccessMs * 1000),
    operatorListed: frame.denied,
    now: profile.time(TIME.asOf) * 1000,
    population: frame.population,
    calibration: frame.calibration,
  }
}

/** True on a change of band, a step of 2 points, a quarter more attempts, or when half the last one's validity has passed. */
export function worthPublishing(profile: JudgedProfile, judged: Assessment): boolean {
  if (profile.integer(WORD.publishedBand) !== 1 + BANDS.indexOf(judged.band)) return true
  if (profile.has(FLAG.proofUntold)) return true
  const change = Math.abs(judged.value - profile.number(WORD.publishedValue))
  return change >= STEP[profile.protocol] || hasOutgrown(profile) || isHalfSpent(profile)
}

/** The record, and a note in the profile that it was published. */
export function writeScore(profile: JudgedProfile, frame: ScoreFrame): Score {
  const { protocol } = profile
  const judged = combine({
    protocol,
    priorNats: profile.evidence,
    priorContributions: profile.kept().map(toContribution),
    evidence: [],
    context: contextOf(profile, frame),
  })
  const halfLifeMs = EVIDENCE_HALF_LIFE_MS[protocol]
  const asOfMs = profile.time(TIME.asOf)
  const peak = Math.max(judged.value, profile.number(WORD.peak))
  profile.setNumber(WORD.peak, peak)
  profile.setNumber(WORD.publishedValue, judged.value)
  profile.setInteger(WORD.publishedBand, 1 + BANDS.indexOf(judged.band))
  profile.setNumber(WORD.publishedEvidence, profile.evidence)
  profile.setNumber(WORD.publishedCount, countOf(profile))
  profile.setTime(TIME.published, asOfMs)
  profile.unmark(FLAG.proofUntold)
  return {
    eventId: frame.eventId,
    observedAt: frame.observedAt,
    ingestedAt: frame.ingestedAt,
    sensor: 'client-fold',
    site: frame.site,
    entity: scoreEntity(frame.kind, frame.key, protocol),
    kind: frame.kind,
    protocol,
    value: judged.value,
    band: judged.band,
    p: judged.p,
    ground: judged.ground,
    evidence: judged.evidence,
    families: judged.families,
    contributions: judged.contributions,
    cap: judged.cap,
    connections: profile.number(WORD.connections),
    attempts: profile.number(WORD.attempts),
    lastSuccessAt: frame.lastSuccessMs === 0 ? null : Math.round(frame.lastSuccessMs * 1000),
    peak,
    shared: frame.shared,
    coverage: profile.number(WORD.coverage),
    asOf: Math.round(asOfMs * 1000),
    halfLifeMs,
    validUntil: Math.round(validUntilMs(protocol, asOfMs, frame.lastSuccessMs) * 1000),
    modelVersion: MODEL_VERSION,
    stratum: frame.stratum,
    state: frame.state(),
  }
}

/** Until when a score of `asOfMs` may be used, with the last success at `successMs` (0: never). */
export function validUntilMs(protocol: Protocol, asOfMs: number, successMs: number): number {
  const faded = asOfMs + VALID_HALF_LIVES * EVIDENCE_HALF_LIFE_MS[protocol]
  if (protocol !== 'ssh' || successMs === 0) return faded
  return Math.max(faded, successMs + LOGIN_PROTECTS_MS)
}

/** True when the profile became critical and nobody was told yet. */
export function newlyCritical(profile: JudgedProfile, judged: Assessment): boolean {
  if (judged.band !== 'critical') {
    profile.unmark(FLAG.critical)
    return false
  }
  if (profile.has(FLAG.critical)) return false
  profile.mark(FLAG.critical)
  return true
}

function toContribution(kept: ReturnType<JudgedProfile['kept']>[number]): Contribution {
  const words = FEATURE_WORDS[kept.feature]
  return { ...kept, ...words, oneIn: null, points: 0 }
}

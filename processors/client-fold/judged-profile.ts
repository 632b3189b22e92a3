import { decayNats, EVIDENCE_FLOOR, EVIDENCE_HALF_LIFE_MS } from '../../behaviour/decay.ts'
import { FEATURES, FEATURES_OF, type FeatureId } from '../../behaviour/evidence/features.ts'
import { NOT_BOUGHT_OFF } from '../../behaviour/evidence/not-bought-off.ts'
import { type EvidenceFamily } from '../../behaviour/evidence/evidence.ts'
import { type WeighedRow } from '../../behaviour/scoring/merge-evidence.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { type Chunk, type ProfilePool } from '../state/profile-pool.ts'
import { FLAG, TIME, WORD } from './layout.ts'

/**
 * One feature's sum stops at 2 ln 1e5: twice what critical asks for. More of the same voice proves no
 * more; it would only drown the others, and last for weeks.
 */
const MOST_PER_FEATURE = 23
/** Evidence that has faded to less than this begins to count anew. */
const FORGOTTEN = 0.1

const INDEX = {
  tls: new Map<string, number>(FEATURES_OF.tls.map((id, i) => [id, i])),
  ssh: new Map<string, number>(FEATURES_OF.ssh.map((id, i) => [id, i])),
} as const

/** One feature's part of S as it is kept. */
export interface KeptFeature {
  readonly feature: FeatureId
  readonly nats: number
  readonly value: number
}

/** The evidence of one entity: a look at packed memory, valid until the pool changes hands of the slot. */
export class JudgedProfile {
  readonly protocol: Protocol
  readonly slot: number
  readonly #chunk: Chunk
  readonly #word: number

  constructor(pool: ProfilePool, slot: number, protocol: Protocol) {
    this.protocol = protocol
    this.slot = slot
    this.#chunk = pool.chunkOf(slot)
    this.#word = pool.wordOf(slot)
  }

  number(word: number): number {
    return this.#chunk.f32[this.#word + word] ?? 0
  }

  setNumber(word: number, value: number): void {
    this.#chunk.f32[this.#word + word] = value
  }

  integer(word: number): number {
    return this.#chunk.u32[this.#word + word] ?? 0
  }

  setInteger(word: number, value: number): void {
    this.#chunk.u32[this.#word + word] = value
  }

  time(index: number): number {
    return this.#chunk.f64[this.#word / 2 + index] ?? 0
  }

  setTime(index: number, ms: number): void {
    this.#chunk.f64[this.#word / 2 + index] = ms
  }

  has(flag: number): boolean {
    return (this.integer(WORD.flags) & flag) !== 0
  }

  mark(flag: number): void {
    this.setInteger(WORD.flags, this.integer(WORD.flags) | flag)
  }

  unmark(flag: number): void {
    this.setInteger(WORD.flags, this.integer(WORD.flags) & ~flag)
  }

  /** Brings everything that decays to `atMs`; a late event changes nothing. */
  advance(atMs: number): void {
    if (this.time(TIME.first) === 0) {
      this.setTime(TIME.first, atMs)
      this.setTime(TIME.asOf, atMs)
      this.setTime(TIME.last, atMs)
      this.setNumber(WORD.coverage, 1)
      return
    }
    const dt = atMs - this.time(TIME.asOf)
    if (dt <= 0) return
    const kept = decayNats(1, dt, EVIDENCE_HALF_LIFE_MS[this.protocol])
    this.#scale(WORD.connections, kept)
    this.#scale(WORD.attempts, kept)
    this.#scale(WORD.peak, Math.sqrt(kept))
    this.#scale(WORD.fast, decayNats(1, dt, 10_000))
    const keptOfHour = decayNats(1, dt, 3_600_000)
    this.#scale(WORD.slow, keptOfHour)
    this.#scale(WORD.fresh, keptOfHour)
    const features = FEATURES_OF[this.protocol].length
    for (let i = 0; i < features; i += 1) this.#scale(WORD.features + 2 * i, kept)
    this.setTime(TIME.asOf, atMs)
    this.setTime(TIME.last, atMs)
  }

  /** S in nats, as of the last advance. */
  get evidence(): number {
    let sum = 0
    const features = FEATURES_OF[this.protocol].length
    for (let i = 0; i < features; i += 1) sum += this.number(WORD.features + 2 * i)
    return sum
  }

  /** S without the fingerprint family: what may call a fingerprint hostile (behaviour-models 4.5). */
  evidenceWithout(family: EvidenceFamily): number {
    const others = this.weighed().filter((row) => row.family !== family)
    return others.reduce((sum, { nats }) => sum + nats, 0)
  }

  nats(feature: FeatureId): number {
    const index = INDEX[this.protocol].get(feature)
    return index === undefined ? 0 : this.number(WORD.features + 2 * index)
  }

  /** The newest value, or the count, of a feature. */
  valueOf(feature: FeatureId): number {
    const index = INDEX[this.protocol].get(feature)
    return index === undefined ? 0 : this.number(WORD.features + 2 * index + 1)
  }

  /**
   * Adds evidence, so that the kept parts always sum to S: what would fall below the floor, or buy off
   * what cannot be bought off, is not taken.
   */
  add(feature: FeatureId, nats: number, value: number): void {
    const index = INDEX[this.protocol].get(feature)
    if (index === undefined) return
    const word = WORD.features + 2 * index
    const before = this.number(word)
    const sum = before + (nats < 0 ? this.#bounded(nats) : nats)
    this.setNumber(word, Math.min(MOST_PER_FEATURE, sum))
    const counted = FEATURES[feature].repeats === 'counts' && Math.abs(before) >= FORGOTTEN
    this.setNumber(word + 1, counted ? this.number(word + 1) + value : value)
  }

  /** Evidence that was put better since, or was not so: `nats` of what accuses, for `count` cases. */
  takeBack(feature: FeatureId, nats: number, count: number): void {
    const index = INDEX[this.protocol].get(feature)
    if (index === undefined) return
    const word = WORD.features + 2 * index
    const left = this.number(word) - nats
    // What rounding leaves is nothing.
    this.setNumber(word, left < 0.01 ? 0 : left)
    this.setNumber(word + 1, Math.max(0, this.number(word + 1) - count))
    this.#liftToFloor()
  }

  /** What excused the evidence taken back must not become credit for worse to come. */
  #liftToFloor(): void {
    let under = EVIDENCE_FLOOR - this.evidence
    const features = FEATURES_OF[this.protocol].length
    for (let i = 0; i < features && under > 0; i += 1) {
      const word = WORD.features + 2 * i
      const lift = Math.min(under, -this.number(word))
      if (lift <= 0) continue
      this.setNumber(word, this.number(word) + lift)
      under -= lift
    }
  }

  /** A standing fact: kept at its greatest, not summed. What clears does not take back what accuses. */
  raise(feature: FeatureId, nats: number, value: number): void {
    const before = this.nats(feature)
    const stronger = nats < 0 ? before <= 0 && nats < before : nats > before
    if (stronger) this.add(feature, nats - before, value)
  }

  /** What S is made of, in the order of the features; zero parts are left out. */
  kept(): readonly KeptFeature[] {
    return FEATURES_OF[this.protocol].flatMap((feature, i) => {
      const nats = this.number(WORD.features + 2 * i)
      return nats === 0 ? [] : [{ feature, nats, value: this.number(WORD.features + 2 * i + 1) }]
    })
  }

  /** What weighs, without what explains it: this is asked at most events. */
  weighed(): readonly WeighedRow[] {
    const rows: WeighedRow[] = []
    const features = FEATURES_OF[this.protocol]
    for (let i = 0; i < features.length; i += 1) {
      const nats = this.number(WORD.features + 2 * i)
      const feature = features[i]
      if (nats === 0 || feature === undefined) continue
      rows.push({ feature, family: FEATURES[feature].family, nats })
    }
    return rows
  }

  /** Nats and value of every feature, as they are now. */
  copyFeatures(): Float32Array {
    const from = this.#word + WORD.features
    return this.#chunk.f32.slice(from, from + 2 * FEATURES_OF[this.protocol].length)
  }

  /** Changes features back by what was once changed, of whose nats the share `left` has not faded. */
  undo(changes: Float32Array, left: number): void {
    for (let i = 0; i + 1 < changes.length; i += 2) {
      const word = WORD.features + i
      const nats = this.number(word) - (changes[i] ?? 0) * left
      this.setNumber(word, Math.abs(nats) < 0.01 ? 0 : Math.min(MOST_PER_FEATURE, nats))
      this.setNumber(word + 1, Math.max(0, this.number(word + 1) - (changes[i + 1] ?? 0)))
    }
    this.#liftToFloor()
  }

  /** Forgets the evidence: an operator said it was wrong. What protects an address stays. */
  clear(): void {
    const from = this.#word + WORD.features
    this.#chunk.f32.fill(0, from, from + 2 * FEATURES_OF[this.protocol].length)
    this.setNumber(WORD.peak, 0)
    this.setInteger(WORD.flags, this.integer(WORD.flags) & FLAG.shared)
  }

  #bounded(nats: number): number {
    let standing = 0
    for (const { feature, nats } of this.kept()) if (NOT_BOUGHT_OFF.has(feature)) standing += nats
    const lowest = standing > 0 ? standing : EVIDENCE_FLOOR
    return Math.min(0, Math.max(nats, lowest - this.evidence))
  }

  #scale(word: number, by: number): void {
    const at = this.#word + word
    this.#chunk.f32[at] = (this.#chunk.f32[at] ?? 0) * by
  }
}

import { type Codec } from '../../lib/codec/codec.ts'
import { type Score } from '../../schemas/generated/records.ts'
import { type ScoreFacts, type ScoreLookup } from '../decisions/score-facts.ts'
import { Slab } from './slab.ts'
import { StoredScore, type Row } from './stored-score.ts'

export interface ScoreTableLimits {
  readonly maxScores: number
  readonly maxBytes: number
}

export const DEFAULT_LIMITS: ScoreTableLimits = { maxScores: 2_000_000, maxBytes: 1 << 30 }

/** What became of a score that was put. */
export type Stored = 'stored' | 'stale' | 'full'

const COLUMNS = 7
const BUCKETS = 1 << 16
const NEIGHBOURS = 16
/** Model versions told apart; the names of later ones are not kept. */
const MAX_VERSIONS = 1_000

/**
 * Every score by entity. The numbers a decision needs lie in one typed array, the rest stays encoded
 * in a slab. When it is full a newcomer takes the place of the least risky of the next sixteen, and
 * only when it is riskier: a flood of new sources pushes nobody out who matters.
 */
export class ScoreTable implements ScoreLookup {
  readonly #codec: Codec
  readonly #limits: ScoreTableLimits
  readonly #slab: Slab
  readonly #slots = new Map<string, number>()
  readonly #keys: string[] = []
  readonly #heads = new Int32Array(BUCKETS)
  readonly #vacant: number[] = []
  /** value, evidence, asOfMs, halfLifeMs, validUntilMs, lastSuccessAtMs (NaN: never), peak of each slot. */
  #numbers = new Float64Array(1024 * COLUMNS)
  #handles = new Uint32Array(1024)
  #shared = new Uint8Array(1024)
  /** Index into the versions seen: few models are alive at a time. */
  #models = new Uint16Array(1024)
  readonly #versions: string[] = []
  /** Next slot + 1 of the same client bucket. */
  #next = new Int32Array(1024)
  #hand = 0

  constructor(codec: Codec, limits: ScoreTableLimits = DEFAULT_LIMITS) {
    this.#codec = codec
    this.#limits = limits
    this.#slab = new Slab(limits.maxBytes)
  }

  get size(): number {
    return this.#slots.size
  }

  get bytes(): number {
    return this.#slab.bytes + this.#numbers.byteLength
  }

  put(score: Score, encoded: Uint8Array): Stored {
    const known = this.#slots.get(score.entity)
    if (known !== undefined && (this.#numbers[known * COLUMNS + 2] ?? 0) > score.asOf / 1000) {
      return 'stale'
    }
    const slot = known ?? this.#seat(score)
    if (slot === undefined) return 'full'
    if (known !== undefined) this.#slab.free(this.#handles[slot] ?? 0)
    const handle = this.#slab.put(encoded)
    this.#handles[slot] = handle
    if (handle === 0) {
      this.#vacate(score.entity, slot)
      return 'full'
    }
    this.#numbers.set(
      [
        score.value,
        score.evidence,
        score.asOf / 1000,
        score.halfLifeMs,
        score.validUntil / 1000,
        score.lastSuccessAt === null ? NaN : score.lastSuccessAt / 1000,
        Math.max(score.value, score.peak ?? 0),
      ],
      slot * COLUMNS,
    )
    this.#shared[slot] = score.shared ? 1 : 0
    this.#models[slot] = this.#indexOf(score.modelVersion)
    return 'stored'
  }

  find(entity: string): ScoreFacts | undefined {
    const slot = this.#slots.get(entity)
    return slot === undefined
      ? undefined
      : new StoredScore(entity, this.#row(slot), this.#read(slot))
  }

  delete(entity: string): boolean {
    const slot = this.#slots.get(entity)
    if (slot === undefined) return false
    this.#slab.free(this.#handles[slot] ?? 0)
    this.#vacate(entity, slot)
    return true
  }

  /** All entities, in the order they came. */
  entities(): Iterable<string> {
    return this.#slots.keys()
  }

  /** Entities of a client entity: its own and those of its fingerprints, both protocols. */
  ofClient(client: string): readonly string[] {
    const found: string[] = []
    for (let at = this.#heads[bucketOf(client)] ?? 0; at !== 0; at = this.#next[at - 1] ?? 0) {
      const key = this.#keys[at - 1] ?? ''
      if (clientOf(key) === client) found.push(key)
    }
    return found
  }

  /** A view of the numbers of a slot and whether it is shared. */
  #row(slot: number): Row {
    const at = slot * COLUMNS
    const n = this.#numbers
    return {
      value: n[at] ?? 0,
      evidence: n[at + 1] ?? 0,
      asOfMs: n[at + 2] ?? 0,
      halfLifeMs: n[at + 3] ?? 0,
      validUntilMs: n[at + 4] ?? 0,
      lastSuccessAtMs: n[at + 5] ?? NaN,
      peak: n[at + 6] ?? 0,
      shared: this.#shared[slot] === 1,
      modelVersion: this.#versions[this.#models[slot] ?? 0] ?? 'unknown',
    }
  }

  #indexOf(version: string): number {
    const known = this.#versions.indexOf(version)
    if (known >= 0) return known
    return this.#versions.length >= MAX_VERSIONS ? MAX_VERSIONS : this.#versions.push(version) - 1
  }

  #read(slot: number): () => Score {
    return () => {
      const decoded = this.#codec.decode(this.#slab.get(this.#handles[slot] ?? 0))
      if (decoded.kind === 'record' && decoded.type === 'Score') return decoded.record
      throw new Error('a stored score could not be read back')
    }
  }

  #seat(score: Score): number | undefined {
    const full = this.#slots.size >= this.#limits.maxScores || this.#noRoom()
    if (full && !this.#displace(score)) return undefined
    const slot = this.#vacant.pop() ?? this.#keys.length
    if (slot >= this.#handles.length) this.#grow()
    const bucket = bucketOf(clientOf(score.entity))
    this.#next[slot] = this.#heads[bucket] ?? 0
    this.#heads[bucket] = slot + 1
    this.#keys[slot] = score.entity
    this.#slots.set(score.entity, slot)
    return slot
  }

  #noRoom(): boolean {
    return this.#slab.bytes >= this.#limits.maxBytes && this.#vacant.length === 0
  }

  #displace(score: Score): boolean {
    let least = -1
    for (let i = 0; i < NEIGHBOURS; i += 1) {
      this.#hand = (this.#hand + 1) % Math.max(1, this.#keys.length)
      if (this.#keys[this.#hand] === '') continue
      if (least < 0 || this.#riskOf(this.#hand) < this.#riskOf(least)) least = this.#hand
    }
    if (least < 0 || this.#riskOf(least) >= score.evidence) return false
    return this.delete(this.#keys[least] ?? '')
  }

  /** Evidence as published; who proved himself counts as worth keeping. */
  #riskOf(slot: number): number {
    const proved = !Number.isNaN(this.#numbers[slot * COLUMNS + 5] ?? NaN)
    return proved ? Infinity : (this.#numbers[slot * COLUMNS + 1] ?? 0)
  }

  #vacate(entity: string, slot: number): void {
    this.#slots.delete(entity)
    const bucket = bucketOf(clientOf(entity))
    let at = this.#heads[bucket] ?? 0
    if (at === slot + 1) this.#heads[bucket] = this.#next[slot] ?? 0
    else {
      while (at !== 0 && this.#next[at - 1] !== slot + 1) at = this.#next[at - 1] ?? 0
      if (at !== 0) this.#next[at - 1] = this.#next[slot] ?? 0
    }
    this.#keys[slot] = ''
    this.#vacant.push(slot)
  }

  #grow(): void {
    const size = this.#handles.length * 2
    const numbers = new Float64Array(size * COLUMNS)
    numbers.set(this.#numbers)
    const handles = new Uint32Array(size)
    handles.set(this.#handles)
    const shared = new Uint8Array(size)
    shared.set(this.#shared)
    const models = new Uint16Array(size)
    models.set(this.#models)
    const next = new Int32Array(size)
    next.set(this.#next)
    this.#numbers = numbers
    this.#handles = handles
    this.#shared = shared
    this.#models = models
    this.#next = next
  }
}

/** `192.0.2.1` of `ip:192.0.2.1#tls` and of `ip-fp:192.0.2.1|t13d...#tls`. */
function clientOf(entity: string): string {
  const bar = entity.startsWith('ip-fp:') ? entity.indexOf('|') : entity.lastIndexOf('#')
  return entity.slice(entity.indexOf(':') + 1, bar)
}

function bucketOf(client: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < client.length; i += 1) {
    hash = Math.imul(hash ^ client.charCodeAt(i), 0x01000193)
  }
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1)
}

import { ipEntity } from '../../behaviour/entity.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'
import { type ProfilePool } from '../state/profile-pool.ts'
import { type Withdrawal } from './fold-output.ts'
import { JudgedProfile } from './judged-profile.ts'
import { TIME, WORD } from './layout.ts'
import { validUntilMs } from './write-score.ts'

/**
 * Slots looked at for each event, in each pool. An event makes at most one profile in a pool, so the hand
 * gains on them.
 */
const SLOTS_AN_EVENT = 2

/** Pools of a fold, by what their keys are: clients of one protocol, or a client with a fingerprint. */
export type Pools = Readonly<Record<PoolName, ProfilePool>>

const NAMES = ['tls', 'ssh', 'pairs'] as const
type PoolName = (typeof NAMES)[number]

/** No score is over sooner: what most slots need not be asked more than. */
const SHORTEST_MS = Math.min(validUntilMs('tls', 0, 0), validUntilMs('ssh', 0, 0))

/**
 * Takes scores back that nobody may use any more, so that compacted topics and who holds them in memory
 * are as large as what is alive: a score whose validity is over by event time, and one whose profile had
 * to make room. A hand goes round the slots of each pool, a few with every event; where it stands is
 * part of the state.
 */
export class Expiry {
  readonly #pools: Pools
  readonly #hands: Record<PoolName, number> = { tls: 0, ssh: 0, pairs: 0 }
  #gone: string[] = []

  constructor(pools: Pools) {
    this.#pools = pools
    for (const name of NAMES) {
      pools[name].onEviction = (key, slot) => {
        const pool = pools[name]
        const published = pool.chunkOf(slot).u32[pool.wordOf(slot) + WORD.publishedBand]
        if (published !== 0) this.#gone.push(entityOf(name, key))
      }
    }
  }

  /** What is over at `atMs`, or gave way since the last call. */
  sweep(atMs: number): readonly Withdrawal[] {
    const gone = this.#gone
    if (gone.length > 0) this.#gone = []
    for (const name of NAMES) this.#turn(name, atMs, gone)
    return gone.map((key) => ({ kind: 'withdraw', topic: 'scores', key, atMs }))
  }

  #turn(name: PoolName, atMs: number, gone: string[]): void {
    const pool = this.#pools[name]
    const { slots } = pool
    let hand = this.#hands[name]
    for (let left = Math.min(slots, SLOTS_AN_EVENT); left > 0; left -= 1) {
      hand = hand + 1 >= slots ? 0 : hand + 1
      if (publishedMs(pool, hand) >= atMs - SHORTEST_MS) continue
      const key = pool.keyOf(hand)
      if (key === undefined || !isOver(pool, hand, protocolOf(name, key), atMs)) continue
      gone.push(entityOf(name, key))
      this.#forget(pool, key, hand)
    }
    this.#hands[name] = hand
  }

  /** Who was never known for long is forgotten whole; of the others the profile stays. */
  #forget(pool: ProfilePool, key: string, slot: number): void {
    if (!pool.isProtected(slot)) {
      pool.remove(key)
      return
    }
    pool.willChange(slot)
    pool.chunkOf(slot).u32[pool.wordOf(slot) + WORD.publishedBand] = 0
  }

  save(to: ByteWriter): void {
    to.u32(this.#gone.length)
    for (const key of this.#gone) to.text(key)
    for (const name of NAMES) to.u32(this.#hands[name])
  }

  load(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) this.#gone.push(from.text())
    for (const name of NAMES) this.#hands[name] = from.u32()
  }
}

function publishedMs(pool: ProfilePool, slot: number): number {
  return pool.chunkOf(slot).f64[pool.wordOf(slot) / 2 + TIME.published] ?? 0
}

function isOver(pool: ProfilePool, slot: number, protocol: Protocol, atMs: number): boolean {
  const profile = new JudgedProfile(pool, slot, protocol)
  if (profile.integer(WORD.publishedBand) === 0) return false
  const success = profile.time(TIME.success)
  return atMs > validUntilMs(protocol, profile.time(TIME.published), success)
}

/** Keys of pairs end in their protocol, as their entities do. */
function entityOf(name: PoolName, key: string): string {
  return name === 'pairs' ? `ip-fp:${key}` : ipEntity(key, name)
}

function protocolOf(name: PoolName, key: string): Protocol {
  if (name !== 'pairs') return name
  return key.endsWith('#tls') ? 'tls' : 'ssh'
}

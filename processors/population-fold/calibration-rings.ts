import { type Protocol } from '../../behaviour/population-view.ts'
import {
  calibrationOf,
  conformalP,
  MOST_CALIBRATION,
  type Calibration,
} from '../../behaviour/scoring/conformal.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'
import { NetworkQuota } from './network-quota.ts'
import { DriftMartingale } from '../../behaviour/models/drift-martingale.ts'

const DAY_MS = 86_400_000
/** Client-days in quarantine at most; beyond it new ones are not taken. */
const MOST_WAITING = 200_000
/** Client-days of one network and stratum: an office counts, and cannot be the whole ring. */
const PER_NETWORK = 16
/** Told again when this share of the ring is new. */
const NEWS = 0.01

/** A client's trusted day: its greatest evidence of that day, nats. */
export interface ClientDay {
  readonly protocol: Protocol
  /** Key of the calibration row. */
  readonly stratum: string
  readonly client: string
  readonly evidence: number
}

/** A ring that has news. */
export interface CalibrationNews {
  readonly protocol: Protocol
  readonly stratum: string
  readonly calibration: Calibration
  /** What trusted clients do has drifted above what they are judged by: how many are left to judge by. */
  readonly drift: boolean
}

interface Ring {
  readonly values: Float32Array
  /** All that were ever put. */
  count: number
  told: number
  /** Days of before the last drift, which count no more. */
  forgotten: number
  /** Day of the newest values, and how many were put before it. */
  day: number
  before: number
  /** Against what was known before the newest day, so that a day does not judge itself. */
  judgedBy: Calibration
  readonly drift: DriftMartingale
}

interface Waiting extends ClientDay {
  readonly day: number
}

/**
 * Trusted client-days by stratum, the newest 10,000 of each. A day waits until 24 h after its end: who
 * turns out hostile by then is taken out, so that nobody calibrates the alarm for himself
 * (behaviour-models 4.10). Admission is by outcome, never by score.
 */
export class CalibrationRings {
  readonly #waiting = new Map<string, Waiting>()
  readonly #rings = new Map<string, Ring>()
  readonly #quota = new NetworkQuota(PER_NETWORK)

  /** One more look at a trusted client's day, and what has left quarantine by then. */
  observe(clientDay: ClientDay, atMs: number): readonly CalibrationNews[] {
    const { protocol, stratum, client, evidence } = clientDay
    const day = Math.floor(atMs / DAY_MS)
    const news = this.#release(atMs)
    const key = keyOf(day, client, protocol)
    const known = this.#waiting.get(key)
    if (known !== undefined) {
      this.#waiting.set(key, { ...known, stratum, evidence: Math.max(known.evidence, evidence) })
    } else if (
      this.#waiting.size < MOST_WAITING &&
      this.#quota.allows(client, stratum, protocol, atMs)
    ) {
      this.#waiting.set(key, { ...clientDay, day })
    }
    return news
  }

  /** A client turned out hostile: what it did today and yesterday calibrates nothing. */
  remove(client: string, protocol: Protocol, atMs: number): void {
    const day = Math.floor(atMs / DAY_MS)
    for (const past of [day, day - 1, day - 2]) this.#waiting.delete(keyOf(past, client, protocol))
  }

  /** Days came in the order of their time: the first of them wait longest. */
  #release(atMs: number): readonly CalibrationNews[] {
    const changed = new Map<string, Waiting>()
    const drifted = new Set<string>()
    for (const [key, waiting] of this.#waiting) {
      if ((waiting.day + 2) * DAY_MS > atMs) break
      this.#waiting.delete(key)
      const name = nameOf(waiting)
      const ring = this.#ringOf(name)
      if (this.#put(ring, waiting)) drifted.add(name)
      const worth = ring.count - ring.told >= Math.max(1, NEWS * sizeOf(ring))
      if (worth || drifted.has(name)) changed.set(name, waiting)
    }
    return [...changed].map(([name, { protocol, stratum }]) => {
      const ring = this.#ringOf(name)
      ring.told = ring.count
      const calibration = calibrationOf(newest(ring, sizeOf(ring)))
      return { protocol, stratum, calibration, drift: drifted.has(name) }
    })
  }

  /** One day into its ring; true when the values have drifted, and all but the newest day's are forgotten. */
  #put(ring: Ring, { day, evidence }: Waiting): boolean {
    if (day !== ring.day) {
      ring.day = day
      ring.before = ring.count
      ring.judgedBy = calibrationOf(newest(ring, sizeOf(ring)))
    }
    ring.values[ring.count % MOST_CALIBRATION] = evidence
    ring.count += 1
    const p = conformalP(evidence, ring.judgedBy)
    if (p === undefined || !ring.drift.add(p)) return false
    ring.forgotten = ring.before
    ring.judgedBy = NOTHING
    return true
  }

  #ringOf(name: string): Ring {
    const known = this.#rings.get(name)
    if (known !== undefined) return known
    const made: Ring = {
      ...{ values: new Float32Array(MOST_CALIBRATION), count: 0, told: 0, forgotten: 0 },
      ...{ day: 0, before: 0, judgedBy: NOTHING, drift: new DriftMartingale() },
    }
    this.#rings.set(name, made)
    return made
  }

  save(to: ByteWriter): void {
    to.u32(this.#waiting.size)
    for (const { day, client, protocol, stratum, evidence } of this.#waiting.values()) {
      to.u32(day)
      to.text(client)
      to.text(protocol)
      to.text(stratum)
      to.f64(evidence)
    }
    to.u32(this.#rings.size)
    for (const [name, ring] of this.#rings) {
      to.text(name)
      to.u32(ring.count)
      to.u32(ring.told)
      to.u32(ring.forgotten)
      to.u32(ring.day)
      to.u32(ring.before)
      to.f64(ring.drift.lnM)
      to.u32(ring.judgedBy.n)
      to.u32(ring.judgedBy.knots.length)
      for (const knot of ring.judgedBy.knots) to.f64(knot)
      for (let i = 0; i < keptOf(ring); i += 1) to.f64(ring.values[i] ?? 0)
    }
    this.#quota.save(to)
  }

  load(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) {
      const day = from.u32()
      const client = from.text()
      const protocol = from.text() === 'tls' ? 'tls' : 'ssh'
      const waiting = { day, client, protocol, stratum: from.text(), evidence: from.f64() } as const
      this.#waiting.set(keyOf(day, client, protocol), waiting)
    }
    for (let left = from.u32(); left > 0; left -= 1) {
      const ring = this.#ringOf(from.text())
      ring.count = from.u32()
      ring.told = from.u32()
      ring.forgotten = from.u32()
      ring.day = from.u32()
      ring.before = from.u32()
      ring.drift.restore(from.f64())
      const n = from.u32()
      ring.judgedBy = { n, knots: Array.from({ length: from.u32() }, () => from.f64()) }
      for (let i = 0; i < keptOf(ring); i += 1) ring.values[i] = from.f64()
    }
    this.#quota.load(from)
  }
}

function keyOf(day: number, client: string, protocol: Protocol): string {
  return `${day}|${protocol}|${client}`
}

function nameOf({ protocol, stratum }: ClientDay): string {
  return `${protocol}|${stratum}`
}

const NOTHING: Calibration = { n: 0, knots: [] }

/** Values in memory. */
function keptOf({ count }: Ring): number {
  return Math.min(MOST_CALIBRATION, count)
}

/** Values that count. */
function sizeOf({ count, forgotten }: Ring): number {
  return Math.min(MOST_CALIBRATION, count - forgotten)
}

/** The newest `n` values of a ring, in any order. */
function newest({ values, count }: Ring, n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => values[(count - 1 - i) % MOST_CALIBRATION] ?? 0)
}

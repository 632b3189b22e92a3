import { type Protocol } from '../../behaviour/population-view.ts'
import {
  calibrationOf,
  MOST_CALIBRATION,
  type Calibration,
} from '../../behaviour/scoring/conformal.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'
import { NetworkQuota } from './network-quota.ts'

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
}

interface Ring {
  readonly values: Float32Array
  /** All that were ever put. */
  count: number
  told: number
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
    for (const [key, waiting] of this.#waiting) {
      if ((waiting.day + 2) * DAY_MS > atMs) break
      this.#waiting.delete(key)
      const ring = this.#ringOf(nameOf(waiting))
      ring.values[ring.count % MOST_CALIBRATION] = waiting.evidence
      ring.count += 1
      if (ring.count - ring.told >= Math.max(1, NEWS * sizeOf(ring)))
        changed.set(nameOf(waiting), waiting)
    }
    return [...changed].map(([name, { protocol, stratum }]) => {
      const ring = this.#ringOf(name)
      ring.told = ring.count
      const calibration = calibrationOf(ring.values.subarray(0, sizeOf(ring)))
      return { protocol, stratum, calibration }
    })
  }

  #ringOf(name: string): Ring {
    const known = this.#rings.get(name)
    if (known !== undefined) return known
    const made = { values: new Float32Array(MOST_CALIBRATION), count: 0, told: 0 }
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
      for (let i = 0; i < sizeOf(ring); i += 1) to.f64(ring.values[i] ?? 0)
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
      for (let i = 0; i < sizeOf(ring); i += 1) ring.values[i] = from.f64()
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

function sizeOf({ count }: Ring): number {
  return Math.min(MOST_CALIBRATION, count)
}

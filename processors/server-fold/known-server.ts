import { doubted, faded, NOTHING_KNOWN, type Posterior } from '../../behaviour/servers/posterior.ts'
import { type Reputation } from '../../schemas/generated/records.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

/** Groups of one server; the one that weighs least gives way. */
const MOST_GROUPS = 64
/** A group that has faded below this says nothing any more. */
const NEGLIGIBLE = 0.05
/** Told again at once when a share moved by this, and else at most once in these times. */
const STEP = 0.02
const EVERY_MS = 1_000
const AT_LEAST_EVERY_MS = 30_000

/** What is known of one server: the posterior of each group, and what was told of it last. */
export class KnownServer {
  readonly groups = new Map<string, Posterior>()
  /** Share of successes that was told, by group. */
  readonly #told = new Map<string, number>()
  #toldAtMs = 0

  put(group: string, known: Posterior): void {
    this.groups.set(group, known)
    if (this.groups.size <= MOST_GROUPS) return
    let least: string | undefined
    let weight = Infinity
    for (const [name, { alpha, beta }] of this.groups) {
      if (name === group || alpha + beta >= weight) continue
      least = name
      weight = alpha + beta
    }
    if (least !== undefined) this.#drop(least)
  }

  /** All of its groups are doubted: what failed most of them may fail each. */
  doubtAll(): void {
    for (const [group, known] of this.groups) this.groups.set(group, doubted(known))
  }

  /** Whether the API should know now; `urgent`: an alarm. */
  worthTelling(atMs: number, urgent: boolean): boolean {
    if (urgent) return true
    const since = atMs - this.#toldAtMs
    if (since < EVERY_MS) return false
    if (since >= AT_LEAST_EVERY_MS) return true
    for (const [group, known] of this.groups) {
      const told = this.#told.get(group)
      if (told === undefined || Math.abs(shareOf(known) - told) >= STEP) return true
    }
    return false
  }

  /** Every group as of now, and a note that it was told; what has faded is forgotten. */
  tell(atMs: number): Reputation['groups'] {
    this.#toldAtMs = Math.max(atMs, this.#toldAtMs)
    const rows: Reputation['groups'][number][] = []
    for (const [group, known] of this.groups) {
      const now = faded(known, atMs)
      if (now.alpha + now.beta < NEGLIGIBLE) {
        this.#drop(group)
        continue
      }
      this.#told.set(group, shareOf(now))
      const { alpha, beta, fit, fitWeight } = now
      rows.push({ group, alpha, beta, fit, fitWeight })
    }
    return rows
  }

  #drop(group: string): void {
    this.groups.delete(group)
    this.#told.delete(group)
  }

  save(to: ByteWriter): void {
    to.f64(this.#toldAtMs)
    to.u32(this.groups.size)
    for (const [group, known] of this.groups) {
      const { alpha, beta, fit, fitWeight, surprise, asOfMs } = known
      to.text(group)
      for (const value of [alpha, beta, fit, fitWeight, surprise, asOfMs]) to.f64(value)
      to.f64(this.#told.get(group) ?? -1)
    }
  }

  load(from: ByteReader): void {
    this.#toldAtMs = from.f64()
    for (let left = from.u32(); left > 0; left -= 1) {
      const group = from.text()
      const known: Posterior = {
        ...NOTHING_KNOWN,
        ...{ alpha: from.f64(), beta: from.f64(), fit: from.f64(), fitWeight: from.f64() },
        ...{ surprise: from.f64(), asOfMs: from.f64() },
      }
      this.groups.set(group, known)
      const told = from.f64()
      if (told >= 0) this.#told.set(group, told)
    }
  }
}

function shareOf({ alpha, beta }: Posterior): number {
  return (2 + alpha) / (3 + alpha + beta)
}

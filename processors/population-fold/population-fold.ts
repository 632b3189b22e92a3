import { type Protocol } from '../../behaviour/population-view.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Alert, type Population, type Sighting } from '../../schemas/generated/records.ts'
import { type FoldOutput } from '../client-fold/fold-output.ts'
import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'
import {
  joinedParts,
  loadBytes,
  partsOf,
  type PartLoader,
  type SavedPart,
} from '../state/saved-part.ts'
import { CalibrationRings, type CalibrationNews } from './calibration-rings.ts'
import { NetworkQuota } from './network-quota.ts'
import { RecentIds } from './recent-ids.ts'
import { counted, decayed, type Tally } from './tally.ts'
import { TallyPool, type Published } from './tally-pool.ts'

const STATE_VERSION = 4
const HOUR_US = 3_600_000_000
/** Values kept, by kind: pools apart, so that a flood of one kind pushes out no other. */
const CAPACITY = { fp: 100_000, user: 100_000, net: 200_000, asn: 20_000 } as const
/** Values looked at in each pool for each sighting, which makes at most one. */
const VALUES_A_SIGHTING = 2
const KINDS = ['fp', 'user', 'net', 'asn'] as const
const PROTOCOLS = ['tls', 'ssh'] as const

/**
 * The second fold: sightings of all clients → the table of how common each value is and what became
 * of those who showed it. Pure over event time, like the first.
 */
export class PopulationFold {
  readonly #pools = new Map<string, TallyPool>()
  readonly #recent = new RecentIds()
  readonly #quota = new NetworkQuota()
  readonly #calibration = new CalibrationRings()

  constructor() {
    for (const kind of KINDS) {
      for (const protocol of PROTOCOLS) {
        this.#pools.set(`${kind}#${protocol}`, new TallyPool(CAPACITY[kind]))
      }
    }
  }

  step(any: AnyRecord): readonly FoldOutput[] {
    if (any.type !== 'Sighting') return []
    const sighting = any.record
    const { kind } = sighting
    if (kind === 'attempt' || kind === 'pattern') return []
    if (kind === 'global') return this.#calibrate(sighting)
    const pool = this.#pools.get(`${kind}#${sighting.protocol}`)
    if (pool === undefined || !this.#recent.add(sighting.eventId)) return []
    if (!sighting.proven && sighting.verdict !== 'seen') return []
    const atMs = sighting.observedAt / 1000
    const { client, key, verdict, protocol } = sighting
    if (verdict === 'hostile') this.#calibration.remove(client, protocol, atMs)
    if (kind !== 'net' && !this.#quota.allows(client, key, verdict, atMs)) return []
    return [...this.#count(pool, kind, sighting, atMs), ...this.#over(atMs)]
  }

  /** Forgets a client's days that wait to calibrate; what is counted of many names nobody. */
  erase(client: string, atMs: number): void {
    for (const protocol of PROTOCOLS) this.#calibration.remove(client, protocol, atMs)
  }

  /** What gave way or faded to nothing has no row any more. */
  #over(atMs: number): readonly FoldOutput[] {
    const keys: string[] = []
    for (const [name, pool] of this.#pools) {
      const [kind, protocol] = name.split('#')
      for (const key of [...pool.takeEvicted(), ...pool.takeFaded(atMs, VALUES_A_SIGHTING)]) {
        keys.push(`${kind}:${key}#${protocol}`)
      }
    }
    return keys.map((key) => ({ kind: 'withdraw', topic: 'population', key, atMs }))
  }

  /** A trusted client's day: the greatest is kept, so that the same word twice says no more than once. */
  #calibrate(sighting: Sighting): readonly FoldOutput[] {
    if (!sighting.proven || sighting.verdict !== 'trusted') return []
    if (!Number.isFinite(sighting.amount)) return []
    const { protocol, key: stratum, client, amount: evidence, observedAt } = sighting
    const day = { protocol, stratum, client, evidence }
    const news = this.#calibration.observe(day, observedAt / 1000)
    return news.flatMap((told, i) => [
      calibrationRow(sighting, told, 1 + i),
      ...(told.drift ? [driftAlert(sighting, told, 64 + i)] : []),
    ])
  }

  #count(
    pool: TallyPool,
    kind: (typeof KINDS)[number],
    sighting: Sighting,
    atMs: number,
  ): readonly FoldOutput[] {
    const amount = Math.min(1, Math.max(0, sighting.amount))
    const { slot, tally: before, published } = pool.open(sighting.key)
    const tally = counted(decayed(before, atMs), sighting.verdict, amount)
    pool.total = counted(decayed(pool.total, atMs), sighting.verdict, amount)
    const outputs: FoldOutput[] = []
    const told = worthTelling(tally, published, 0.1)
    pool.put(slot, tally, told ? publishedNow(tally) : published)
    if (told) {
      outputs.push(row(sighting, kind, sighting.key, tally, pool, 1))
    }
    if (kind === 'fp' && worthTelling(pool.total, pool.totalPublished, 0.01)) {
      pool.totalPublished = publishedNow(pool.total)
      outputs.push(row(sighting, 'global', sighting.protocol, pool.total, pool, 2))
    }
    return outputs
  }

  /** All of it as of this call; the fold can go on while the parts are taken. */
  save(): Iterable<SavedPart> {
    const to = new ByteWriter()
    to.u32(STATE_VERSION)
    this.#recent.save(to)
    this.#quota.save(to)
    this.#calibration.save(to)
    return joinedParts([
      ['rest', partsOf('bytes', to.finish())],
      ...[...this.#pools].map(([name, pool]) => [name, pool.save()] as const),
    ])
  }

  /** Fills a new fold. Throws RangeError on a state of another version: replay from the log then. */
  *load(): PartLoader {
    const from = new ByteReader(yield* loadBytes())
    const version = from.u32()
    if (version !== STATE_VERSION) throw new RangeError(`state version ${version}`)
    this.#recent.load(from)
    this.#quota.load(from)
    this.#calibration.load(from)
    for (const pool of this.#pools.values()) yield* pool.load()
  }
}

function worthTelling(tally: Tally, published: Published, step: number): boolean {
  if (published.atMs === 0) return true
  if (Math.abs(tally.hostile + tally.trusted - published.marks) >= 0.5) return true
  if (Math.abs(tally.weight - published.weight) >= step * published.weight) return true
  return (tally.asOfMs - published.atMs) * 1000 >= HOUR_US
}

function publishedNow(tally: Tally): Published {
  return { atMs: tally.asOfMs, weight: tally.weight, marks: tally.hostile + tally.trusted }
}

function row(
  from: Sighting,
  kind: Population['kind'],
  key: string,
  tally: Tally,
  pool: TallyPool,
  ordinal: number,
): FoldOutput {
  const protocol: Protocol = from.protocol
  const record: Population = {
    eventId: eventId('Population', from.eventId, ordinal),
    observedAt: from.observedAt,
    ingestedAt: from.ingestedAt,
    sensor: 'population-fold',
    site: from.site,
    kind,
    key,
    protocol,
    weight: tally.weight,
    fastWeight: tally.fastWeight,
    total: decayed(pool.total, tally.asOfMs).weight,
    distinct: pool.size,
    hostile: tally.hostile,
    trusted: tally.trusted,
    asOf: Math.round(tally.asOfMs * 1000),
    quantiles: [],
  }
  return { kind: 'record', type: 'Population', record }
}

function calibrationRow(
  from: Sighting,
  { protocol, stratum, calibration }: CalibrationNews,
  ordinal: number,
): FoldOutput {
  const { n, knots } = calibration
  const record: Population = {
    eventId: eventId('Population', from.eventId, ordinal),
    observedAt: from.observedAt,
    ingestedAt: from.ingestedAt,
    sensor: 'population-fold',
    site: from.site,
    kind: 'global',
    key: stratum,
    protocol,
    weight: n,
    fastWeight: 0,
    total: n,
    distinct: 0,
    hostile: 0,
    trusted: n,
    asOf: from.observedAt,
    quantiles: knots,
  }
  return { kind: 'record', type: 'Population', record }
}

/** The budgets rest on fewer client-days from here on, and answers say `assumed` below 1,000 of them. */
function driftAlert(
  from: Sighting,
  { protocol, stratum, calibration }: CalibrationNews,
  ordinal: number,
): FoldOutput {
  const { observedAt, ingestedAt, site } = from
  const record: Alert = {
    eventId: eventId('Alert', from.eventId, ordinal),
    ...{ observedAt, ingestedAt, sensor: 'population-fold', site },
    ...{ kind: 'drift', severity: 'warning', entity: `${stratum}#${protocol}` },
    message: `Trusted clients (${protocol}) look more hostile than they used to: scores are calibrated anew, by the ${calibration.n} client-days of the newest day.`,
    details: JSON.stringify({ protocol, stratum, clientDays: calibration.n }),
  }
  return { kind: 'record', type: 'Alert', record }
}

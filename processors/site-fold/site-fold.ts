import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type Sighting } from '../../schemas/generated/records.ts'
import { type FoldOutput } from '../client-fold/fold-output.ts'
import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'
import { loadBytes, partsOf, type PartLoader, type SavedPart } from '../state/saved-part.ts'
import { traitOf } from '../../behaviour/traits.ts'
import { CampaignWatch } from './campaign-watch.ts'
import { PatternBook, type PatternNews } from './pattern-book.ts'
import { tellCampaign } from './tell-campaign.ts'
import { tellPattern, type Stamp } from './tell-pattern.ts'
import { KnownNames } from './known-names.ts'

const STATE_VERSION = 2
/** Sites watched; what comes from more is not. */
const MOST_SITES = 64

/**
 * What a site sees as a whole and no client's profile can show: campaigns of many sources, and what hostile
 * clients have in common. Pure over event time.
 */
export class SiteFold {
  readonly #sites = new Map<string, CampaignWatch>()
  readonly #patterns = new PatternBook()
  readonly #names = new KnownNames()

  /** Sites watched, alarms on, patterns known. */
  get figures(): ReadonlyMap<string, number> {
    let alarms = 0
    for (const watch of this.#sites.values()) if (watch.alarmed) alarms += 1
    return new Map([
      ['sites', this.#sites.size],
      ['campaigns', alarms],
      ['patterns', this.#patterns.size],
    ])
  }

  step(any: AnyRecord): readonly FoldOutput[] {
    if (any.type !== 'Sighting' || !any.record.proven) return []
    switch (any.record.kind) {
      case 'attempt':
        return this.#watch(any.record)
      case 'pattern':
        return this.#learn(any.record)
      case 'user':
        this.#names.note(any.record.key)
        return []
      case 'fp':
      case 'net':
      case 'asn':
      case 'global':
        return []
    }
  }

  /** Forgets a client, as `from` says; a pattern that lives of it ends. */
  erase(client: string, from: Stamp): readonly FoldOutput[] {
    for (const watch of this.#sites.values()) watch.erase(client)
    return this.#tell(from, this.#patterns.retract(client, from.observedAt / 1000))
  }

  #watch(sighting: Sighting): readonly FoldOutput[] {
    const { site, client, key: program, verdict, observedAt } = sighting
    const watch = this.#watchOf(site)
    if (watch === undefined) return []
    const atMs = observedAt / 1000
    const reports =
      verdict === 'trusted' ? watch.succeed(client, atMs) : watch.fail(client, program, atMs)
    return reports.flatMap((report, i) => tellCampaign(sighting, report, i))
  }

  #learn(sighting: Sighting): readonly FoldOutput[] {
    const { protocol, client, key, verdict, observedAt } = sighting
    const atMs = observedAt / 1000
    const reported = traitOf(key, 'origin') === 'incident'
    const news =
      verdict === 'trusted'
        ? this.#patterns.retract(client)
        : this.#patterns.add(protocol, client, key, atMs, reported)
    return this.#tell(sighting, news)
  }

  #tell(from: Stamp, news: readonly PatternNews[]): readonly FoldOutput[] {
    return news.flatMap((one, i) => tellPattern(from, one, i, (hash) => this.#names.find(hash)))
  }

  #watchOf(site: string): CampaignWatch | undefined {
    const known = this.#sites.get(site)
    if (known !== undefined || this.#sites.size >= MOST_SITES) return known
    const made = new CampaignWatch()
    this.#sites.set(site, made)
    return made
  }

  save(): Iterable<SavedPart> {
    const to = new ByteWriter()
    to.u32(STATE_VERSION)
    this.#patterns.save(to)
    this.#names.save(to)
    to.u32(this.#sites.size)
    for (const [site, watch] of this.#sites) {
      to.text(site)
      watch.save(to)
    }
    return partsOf('sites', to.finish())
  }

  /** Fills a new fold. Throws RangeError on a state of another version: replay from the log then. */
  *load(): PartLoader {
    const from = new ByteReader(yield* loadBytes())
    const version = from.u32()
    if (version !== STATE_VERSION) throw new RangeError(`state version ${version}`)
    this.#patterns.load(from)
    this.#names.load(from)
    for (let left = from.u32(); left > 0; left -= 1) {
      const watch = new CampaignWatch()
      const site = from.text()
      watch.load(from)
      this.#sites.set(site, watch)
    }
  }
}

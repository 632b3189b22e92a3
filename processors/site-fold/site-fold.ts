import { campaignKey } from '../../behaviour/campaign.ts'
import { populationKey } from '../../behaviour/entity.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Alert, type Population, type Sighting } from '../../schemas/generated/records.ts'
import { type FoldOutput } from '../client-fold/fold-output.ts'
import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'
import { loadBytes, partsOf, type PartLoader, type SavedPart } from '../state/saved-part.ts'
import { CampaignWatch, type HourReport } from './campaign-watch.ts'

const STATE_VERSION = 1
/** Sites watched; what comes from more is not. */
const MOST_SITES = 64

/**
 * What a site sees as a whole and no client's profile can show: campaigns of many sources. Pure over
 * event time.
 */
export class SiteFold {
  readonly #sites = new Map<string, CampaignWatch>()

  /** Sites watched, and alarms on. */
  get figures(): ReadonlyMap<string, number> {
    let alarms = 0
    for (const watch of this.#sites.values()) if (watch.alarmed) alarms += 1
    return new Map([
      ['sites', this.#sites.size],
      ['campaigns', alarms],
    ])
  }

  step(any: AnyRecord): readonly FoldOutput[] {
    if (any.type !== 'Sighting' || any.record.kind !== 'attempt') return []
    const { site, client, key: program, verdict, observedAt, proven } = any.record
    const watch = proven ? this.#watchOf(site) : undefined
    if (watch === undefined) return []
    const atMs = observedAt / 1000
    const reports =
      verdict === 'trusted' ? watch.succeed(client, atMs) : watch.fail(client, program, atMs)
    return reports.flatMap((report, i) => tell(any.record, report, i))
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
    for (let left = from.u32(); left > 0; left -= 1) {
      const watch = new CampaignWatch()
      const site = from.text()
      watch.load(from)
      this.#sites.set(site, watch)
    }
  }
}

/** A row while the alarm lasts, told anew every hour; an alert when it begins and when it is over. */
function tell(from: Sighting, report: HourReport, ordinal: number): readonly FoldOutput[] {
  const { alarmed, wasAlarmed } = report
  if (!alarmed && !wasAlarmed) return []
  const outputs: FoldOutput[] = []
  if (alarmed) {
    const record = rowOf(from, report, eventId('Population', from.eventId, 3 + ordinal))
    outputs.push({ kind: 'record', type: 'Population', record })
  } else {
    const key = populationKey('global', campaignKey(from.site), from.protocol)
    outputs.push({ kind: 'withdraw', topic: 'population', key, atMs: report.atMs })
  }
  if (alarmed !== wasAlarmed) {
    const record = alertOf(from, report, eventId('Alert', from.eventId, 3 + ordinal))
    outputs.push({ kind: 'record', type: 'Alert', record })
  }
  return outputs
}

function rowOf(from: Sighting, report: HourReport, id: Uint8Array): Population {
  const { state, sources, atMs } = report
  return {
    ...stampOf(from, id, atMs),
    ...{ kind: 'global', key: campaignKey(from.site), protocol: from.protocol },
    ...{ weight: state.level, fastWeight: state.usual, total: sources, distinct: report.networks },
    ...{ hostile: sources, trusted: 0, asOf: atMs * 1000, quantiles: [] },
  }
}

function alertOf(from: Sighting, report: HourReport, id: Uint8Array): Alert {
  const { state, sources, networks, program, programShare, stream, alarmed } = report
  const hours = state.risingHours
  const usual = (state.usual * hours).toFixed(1)
  const message = alarmed
    ? `Campaign on ${from.site}: ${sources} unknown clients of ${networks} networks failed to log in within ${hours} h, where ${usual} are usual.`
    : `The campaign on ${from.site} is over.`
  const details = { hours, sources, networks, usual: state.usual, stream, program, programShare }
  return {
    ...stampOf(from, id, report.atMs),
    ...{ kind: 'campaign', severity: alarmed ? 'warning' : 'notice' },
    ...{ entity: `site:${from.site}`, message, details: JSON.stringify(details) },
  }
}

function stampOf(
  from: Sighting,
  id: Uint8Array,
  atMs: number,
): Pick<Alert, 'eventId' | 'observedAt' | 'ingestedAt' | 'sensor' | 'site'> {
  const { ingestedAt, site } = from
  return { eventId: id, observedAt: atMs * 1000, ingestedAt, sensor: 'site-fold', site }
}

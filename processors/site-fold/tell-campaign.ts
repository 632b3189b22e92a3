import { campaignKey } from '../../behaviour/campaign.ts'
import { populationKey } from '../../behaviour/entity.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Alert, type Population, type Sighting } from '../../schemas/generated/records.ts'
import { type FoldOutput } from '../client-fold/fold-output.ts'
import { type HourReport } from './campaign-watch.ts'

/** A row while the alarm lasts, told anew every hour; an alert when it begins and when it is over. */
export function tellCampaign(
  from: Sighting,
  report: HourReport,
  ordinal: number,
): readonly FoldOutput[] {
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

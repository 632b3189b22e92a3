import { createHash } from 'node:crypto'
import { featureOf, type FeatureId } from '../../behaviour/evidence/features.ts'
import { FEATURE_WORDS } from '../../behaviour/evidence/feature-words.ts'
import { populationKey } from '../../behaviour/entity.ts'
import { patternKey, traitOf } from '../../behaviour/traits.ts'
import { eventId } from '../../lib/event-id.ts'
import { recordKey } from '../../lib/record-key.ts'
import { type AttackPattern, type Population } from '../../schemas/generated/records.ts'
import { type FoldOutput } from '../client-fold/fold-output.ts'
import { type PatternNews } from './pattern-book.ts'

/** The record that brought the news: ids and times follow from it. */
export type Stamp = Pick<AttackPattern, 'eventId' | 'observedAt' | 'ingestedAt' | 'site'>

/** A pattern for people, and where it is held against later clients, a row of the population. */
export function tellPattern(
  from: Stamp,
  news: PatternNews,
  ordinal: number,
  nameOf: (hash: string) => string | undefined,
): readonly FoldOutput[] {
  const record = patternOf(from, news, ordinal, nameOf)
  const rowKey = populationKey('global', patternKey(news.pairing), news.protocol)
  const atMs = from.observedAt / 1000
  if (news.over) {
    const key = recordKey({ type: 'AttackPattern', record })
    return [key, rowKey].map((over) => ({ kind: 'withdraw', topic: 'population', key: over, atMs }))
  }
  const pattern = { kind: 'record', type: 'AttackPattern', record } as const
  if (news.nats === 0) return [pattern]
  const row = rowOf(from, news, ordinal)
  return [pattern, { kind: 'record', type: 'Population', record: row }]
}

function patternOf(
  from: Stamp,
  news: PatternNews,
  ordinal: number,
  nameOf: (hash: string) => string | undefined,
): AttackPattern {
  const { protocol, pairing: traits, origin, clients, networks } = news
  return {
    eventId: eventId('AttackPattern', from.eventId, ordinal),
    ...stampOf(from),
    patternId: createHash('sha256').update(`${protocol}|${traits}`).digest('hex').slice(0, 12),
    ...{ protocol, name: sentence(news, nameOf), traits, origin, clients, networks },
    firstSeen: Math.round(news.firstMs * 1000),
    lastSeen: Math.round(news.lastMs * 1000),
  }
}

function rowOf(from: Stamp, news: PatternNews, ordinal: number): Population {
  const { protocol, pairing, clients, networks, nats } = news
  return {
    eventId: eventId('Population', from.eventId, 16 + ordinal),
    ...stampOf(from),
    ...{ kind: 'global', key: patternKey(pairing), protocol },
    ...{ weight: nats, fastWeight: 0, total: clients, distinct: networks },
    ...{ hostile: clients, trusted: 0, asOf: from.observedAt, quantiles: [] },
  }
}

function stampOf(
  from: Stamp,
): Pick<AttackPattern, 'observedAt' | 'ingestedAt' | 'sensor' | 'site'> {
  const { observedAt, ingestedAt, site } = from
  return { observedAt, ingestedAt, sensor: 'site-fold', site }
}

function sentence(
  { pairing, protocol }: PatternNews,
  nameOf: (hash: string) => string | undefined,
): string {
  const program = traitOf(pairing, 'program')
  const hash = traitOf(pairing, 'name')
  const signs = traitOf(pairing, 'signs').split('+').filter(isFeature)
  const said: string[] = []
  if (hash !== '') said.push(`tries ${JSON.stringify(nameOf(hash) ?? `name ${hash}`)} first`)
  said.push(...signs.map((sign) => FEATURE_WORDS[sign].text))
  const pace = PACES.get(traitOf(pairing, 'pace'))
  if (pace !== undefined) said.push(pace)
  const who = program === '' ? 'any program' : `program ${program}`
  return `${protocol.toUpperCase()}, ${who}: ${said.join('; ')}`
}

const PACES: ReadonlyMap<string, string> = new Map([
  ['burst', 'in bursts'],
  ['steady', 'steadily'],
  ['slow', 'slowly'],
])

function isFeature(id: string): id is FeatureId {
  return featureOf(id) !== undefined
}

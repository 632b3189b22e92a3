import { natsOfP } from '../../lib/statistics/p-to-nats.ts'
import { type PopulationView, type Protocol } from '../population-view.ts'
import { COLD_START_TOTAL } from '../scoring/caps.ts'
import { type Evidence } from './evidence.ts'

/** Rarity is a small voice: alone it may never raise an alarm. */
const CLIP = 2

const IDS = {
  tls: { rare: 't_fp_rarity', novel: 't_fp_novel' },
  ssh: { rare: 's_hassh_rarity', novel: 's_hassh_novel' },
} as const

/**
 * Surprisal of a fingerprint in the population, bits: -log2 p with p = (c + 1/2) / (N + K/2), counted
 * in client-days (behaviour-models 4.2). Range 0 to log2(2N + K): it saturates honestly. The tail
 * probability is bounded by K p, for at most K values are as rare. Absent below 2,000 client-days, and
 * an update wave (many clients with the value within the hour) is a population event, not evidence.
 */
export function fingerprintRarity(
  protocol: Protocol,
  fingerprint: string,
  view: PopulationView,
): readonly Evidence[] {
  const all = view.find('global', protocol, protocol)
  if (all === undefined || all.total < COLD_START_TOTAL) return []
  const row = view.find('fp', protocol, fingerprint)
  const weight = row?.weight ?? 0
  if ((row?.fastWeight ?? 0) >= 5) return []
  const p = (weight + 0.5) / (all.total + all.distinct / 2)
  const tail = Math.min(1, p * Math.max(1, all.distinct))
  const nats = natsOfP(tail, CLIP)
  if (nats === 0) return []
  const novel = weight < 0.5
  return [
    {
      feature: novel ? IDS[protocol].novel : IDS[protocol].rare,
      family: 'fingerprint',
      nats,
      value: -Math.log2(p),
      unit: 'bits',
      baseline: Math.log2(Math.max(1, all.distinct)),
      oneIn: Math.round(1 / tail),
      text: novel
        ? 'no client here was ever seen with this fingerprint'
        : 'few clients here have this fingerprint',
    },
  ]
}

import { wilsonUpper } from '../../lib/statistics/wilson.ts'
import { type PopulationView, type Protocol } from '../population-view.ts'
import { type Evidence } from './evidence.ts'

const LOW = -2
const HIGH = 4
/** Trusted clients with a fingerprint before it may speak for anybody. */
const TRUSTED_NEEDED = 5

/**
 * Reputation of a fingerprint, nats in [-2, 4]:
 * ln( ((B_fp + 1/2) / (B + 20)) / max(G_fp^up, 1/2000) ), B = distinct hostile clients (judged so by
 * evidence other than fingerprints), G_fp^up = upper 95 % bound of its share among trusted clients
 * (behaviour-models 4.5). Absent where no hostile or trusted client is known: not knowing is no evidence.
 */
export function fingerprintReputation(
  protocol: Protocol,
  fingerprint: string,
  view: PopulationView,
): readonly Evidence[] {
  const all = view.find('global', protocol, protocol)
  const row = view.find('fp', protocol, fingerprint)
  if (all === undefined || row === undefined) return []
  const benignShare = Math.max(wilsonUpper(row.trusted, all.trusted), 1 / 2000)
  const ratio = (row.hostile + 0.5) / (all.hostile + 20) / benignShare
  const nats = Math.min(HIGH, Math.max(LOW, Math.log(ratio)))
  const backed = nats > 0 ? row.hostile >= 1 : row.trusted >= TRUSTED_NEEDED
  if (!backed) return []
  return [
    {
      feature: protocol === 'tls' ? 't_fp_rep' : 's_hassh_rep',
      family: 'fingerprint',
      nats,
      value: row.hostile,
      unit: 'hostile clients',
      baseline: row.trusted,
      oneIn: null,
      text:
        nats > 0
          ? 'clients with this fingerprint turned out hostile for other reasons'
          : 'this fingerprint is mostly that of clients that logged in',
    },
  ]
}

import { type EvidenceFamily } from './evidence.ts'

/** What the engine must know of a feature beyond its nats. */
export interface Feature {
  readonly family: EvidenceFamily
  /**
   * `counts`: every observation counts anew, and the value is how many there were. `adds`: likewise,
   * with the newest measure as the value. `once`: a standing fact, kept at its greatest.
   */
  readonly repeats: 'counts' | 'adds' | 'once'
  /** Certain in itself: lifts the cold-start cap (behaviour-models 4.10). */
  readonly hard: boolean
}

function feature(
  family: EvidenceFamily,
  repeats: Feature['repeats'] = 'counts',
  hard = false,
): Feature {
  return { family, repeats, hard }
}

/** Every feature by id. */
export const FEATURES = {
  t_fp_rarity: feature('fingerprint', 'once'),
  t_fp_novel: feature('fingerprint', 'once'),
  t_fp_rep: feature('fingerprint', 'once'),
  t_fp_churn: feature('churn', 'adds'),
  t_rate: feature('rate', 'once'),
  t_cipher_weak: feature('fingerprint', 'once'),
  t_ver_legacy: feature('fingerprint', 'once'),
  t_grease: feature('fingerprint', 'once'),
  t_malformed: feature('probe', 'once'),
  t_rand_bytes: feature('randomness', 'once'),
  t_rand_dup: feature('randomness', 'counts', true),
  t_keyshare_dup: feature('randomness', 'once'),
  t_fail: feature('outcomes'),
  t_authenticated: feature('outcomes'),
  s_hassh_rarity: feature('fingerprint', 'once'),
  s_hassh_novel: feature('fingerprint', 'once'),
  s_hassh_rep: feature('fingerprint', 'once'),
  s_hassh_churn: feature('churn', 'adds'),
  s_conn_rate: feature('rate', 'once'),
  s_banner_kex_conflict: feature('fingerprint', 'once'),
  s_kex_weak: feature('fingerprint', 'once'),
  s_malformed: feature('probe', 'once'),
  s_cookie_bytes: feature('randomness', 'once'),
  s_cookie_dup: feature('randomness', 'counts', true),
  s_fail: feature('outcomes'),
  s_fail_inv: feature('names'),
  s_fail_known: feature('outcomes'),
  s_success: feature('outcomes'),
  s_noauth: feature('probe'),
  s_decoy: feature('names', 'counts', true),
  challenge: feature('challenge'),
  incident: feature('outcomes', 'counts', true),
  t_rand_bits: feature('randomness', 'once'),
  s_cookie_bits: feature('randomness', 'once'),
  s_campaign: feature('outcomes', 'once'),
  s_pattern: feature('fingerprint', 'once'),
  t_pattern: feature('fingerprint', 'once'),
  s_challenge_failed: feature('challenge'),
  s_challenge_ms: feature('challenge', 'once'),
} as const satisfies Record<string, Feature>

export type FeatureId = keyof typeof FEATURES

/** All ids. */
export const FEATURE_IDS = Object.keys(FEATURES) as readonly FeatureId[]

const OTHER = { tls: 's_', ssh: 't_' } as const

/** Ids that can speak on a protocol; the position of an id is its index in packed state: append only. */
export const FEATURES_OF = {
  tls: FEATURE_IDS.filter((id) => !id.startsWith(OTHER.tls)),
  ssh: FEATURE_IDS.filter((id) => !id.startsWith(OTHER.ssh)),
} as const

const BY_NAME: ReadonlyMap<string, Feature> = new Map(Object.entries(FEATURES))

/** The feature of an id; undefined for ids of another version of the model. */
export function featureOf(id: string): Feature | undefined {
  return BY_NAME.get(id)
}

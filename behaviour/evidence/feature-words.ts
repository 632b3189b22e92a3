import { type FeatureId } from './features.ts'

/** How a feature is told to people when only its sum is kept. */
export interface FeatureWords {
  readonly unit: string
  readonly baseline: number | null
  readonly text: string
}

function words(unit: string, baseline: number | null, text: string): FeatureWords {
  return { unit, baseline, text }
}

/** Unit of the last value, what is usual, and one sentence, by feature. */
export const FEATURE_WORDS: Readonly<Record<FeatureId, FeatureWords>> = {
  t_fp_rarity: words('bits', null, 'few clients here have this fingerprint'),
  t_fp_novel: words('bits', null, 'no client here was ever seen with this fingerprint'),
  t_fp_rep: words('hostile clients', 0, 'what became of clients with this fingerprint'),
  t_fp_churn: words(
    'fingerprints in 1 h',
    1,
    'changes its fingerprint from one connection to the next',
  ),
  t_rate: words('connections in 10 s', 30, 'connects far faster than a page load does'),
  t_cipher_weak: words('share', 0.05, 'offers cipher suites that were broken years ago'),
  t_ver_legacy: words('sign', 0, 'offers nothing newer than TLS 1.1'),
  t_grease: words('sign', 0, 'imitates a browser, with both GREASE values equal'),
  t_malformed: words('sign', 0, 'the hello breaks the rules of its own protocol'),
  t_rand_bytes: words('bytes', null, 'bytes that should be random are not'),
  t_rand_dup: words('repeats', 0, 'sends the same client random on different connections'),
  t_keyshare_dup: words('repeats', 0, 'sends the same key share on different connections'),
  t_fail: words('failures', 0, 'handshakes fail'),
  t_authenticated: words('exchanges', null, 'an authenticated exchange succeeded'),
  s_hassh_rarity: words('bits', null, 'few clients here have this fingerprint'),
  s_hassh_novel: words('bits', null, 'no client here was ever seen with this fingerprint'),
  s_hassh_rep: words('hostile clients', 0, 'what became of clients with this fingerprint'),
  s_hassh_churn: words('fingerprints in 1 min', 1, 'speaks as several programs within the minute'),
  s_conn_rate: words(
    'connections in 10 s',
    20,
    'connects far faster than people and their tools do',
  ),
  s_banner_kex_conflict: words('sign', 0, 'is not the program its banner names'),
  s_kex_weak: words('share', 0.2, 'offers mostly algorithms that are retired'),
  s_malformed: words('sign', 0, 'what it sent to the SSH port breaks the rules of SSH'),
  s_cookie_bytes: words('bytes', null, 'bytes that should be random are not'),
  s_cookie_dup: words('repeats', 0, 'sends the same KEXINIT cookie on different connections'),
  s_fail: words('attempts', 0, 'failed to log in with a name that exists'),
  s_fail_inv: words('attempts', 0, 'failed to log in with a name that does not exist'),
  s_fail_known: words('attempts', 0, 'failed to log in with a name it often used with success'),
  s_success: words('logins', null, 'logged in'),
  s_noauth: words('connections', 0, 'connected and left without trying to log in'),
  s_decoy: words('attempts', 0, 'tried a decoy user name'),
  challenge: words('challenges', null, 'solved a challenge'),
  incident: words('reports', 0, 'an incident was reported'),
  t_rand_bits: words('log10 e', 0, 'its client randoms follow a pattern'),
  s_cookie_bits: words('log10 e', 0, 'its KEXINIT cookies follow a pattern'),
  s_pattern: words('hostile clients', 0, 'begins as hostile clients before it did'),
  t_pattern: words('hostile clients', 0, 'behaves as hostile clients before it did'),
  s_campaign: words('clients', 0, 'failed while many clients that nobody knows fail here'),
  s_challenge_failed: words('challenges', 0, 'answered challenges wrongly, or not at all'),
  s_challenge_ms: words('ms', null, 'took far longer for a challenge than it ever did'),
}

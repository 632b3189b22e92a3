import { type FeatureId } from '../../behaviour/evidence/features.ts'

const MEANINGS: Partial<Record<FeatureId, string>> = {
  t_fp_rarity: 'The program that speaks TLS here is rare among all clients.',
  t_fp_novel: 'The program that speaks TLS here was never seen before.',
  t_fp_rep: 'What this TLS fingerprint did elsewhere speaks for or against it.',
  t_fp_churn: 'The client changed its TLS fingerprint more often than programs do.',
  t_rate: 'The client opens TLS connections much faster than it used to.',
  t_cipher_weak: 'The client offers mostly cipher suites that are broken or retired.',
  t_ver_legacy: 'The client offers only versions of TLS that are retired.',
  t_grease: 'The GREASE values do not look as the real programs make them.',
  t_malformed: 'What the client sent is not a well-formed ClientHello.',
  t_rand_bytes: "The client's random is not random.",
  t_rand_dup: 'The client sent the same random on several connections.',
  t_keyshare_dup: 'The client sent the same key share on several connections.',
  t_fail: 'TLS handshakes of the client fail more often than those of others.',
  t_authenticated: 'The client authenticated itself: that speaks for it.',
  s_hassh_rarity: 'The program that speaks SSH here is rare among all clients.',
  s_hassh_novel: 'The program that speaks SSH here was never seen before.',
  s_hassh_rep: 'What this SSH fingerprint did elsewhere speaks for or against it.',
  s_hassh_churn: 'The client changed its SSH fingerprint more often than programs do.',
  s_conn_rate: 'The client opens SSH connections much faster than it used to.',
  s_banner_kex_conflict: 'The SSH client is not the program its banner names.',
  s_kex_weak: 'The SSH client offers mostly algorithms that are retired.',
  s_malformed: 'What the client sent to the SSH port is not well-formed SSH.',
  s_cookie_bytes: "The client's KEXINIT cookie is not random.",
  s_cookie_dup: 'The client sent the same KEXINIT cookie on several connections.',
  s_fail: 'The client failed to log in.',
  s_fail_inv: 'The client tried user names that do not exist.',
  s_fail_known: 'The client failed with a name it has logged in with before.',
  s_success: 'The client logged in: that speaks for it.',
  s_noauth: 'The client closed SSH connections without trying to log in.',
  s_decoy: 'The client tried what nobody has business with: a decoy name or service.',
  challenge: 'Challenges were solved.',
  s_challenge_failed:
    'Challenges before the key exchange were answered wrongly or not at all; it is forgotten after ten minutes.',
  s_challenge_ms:
    'A challenge took this client far longer than earlier ones of the same difficulty; it is forgotten after ten minutes.',
  incident: 'A server or an operator reported an incident with the client.',
}

/** What the features of the engine mean, in one sentence each; `history`, `base` and `cap` explain scores. */
export const FEATURE_MEANINGS: ReadonlyMap<string, string> = new Map<string, string>([
  ...Object.entries(MEANINGS),
  ['history', 'Earlier evidence about the client that single features no longer tell apart.'],
  ['base', 'Where every client starts on the scale.'],
  ['cap', 'What a safety rule took off the score.'],
])

import { type FeatureId } from './features.ts'

/** What no success and no challenge buys off (architecture 6.5). */
export const NOT_BOUGHT_OFF: ReadonlySet<string> = new Set<FeatureId>([
  's_decoy',
  's_cookie_dup',
  't_rand_dup',
  't_keyshare_dup',
  't_fp_churn',
  's_hassh_churn',
  'incident',
])

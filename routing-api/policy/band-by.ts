import { type Band } from '../../behaviour/scoring/score-map.ts'
import { type SshPolicy } from './ssh-policy.ts'

/** Bands as the policy draws them: [0,medium) low, ... above critical critical. */
export function bandBy(bands: SshPolicy['bands'], risk: number): Band {
  if (risk > bands.critical) return 'critical'
  if (risk >= bands.high) return 'high'
  return risk >= bands.medium ? 'medium' : 'low'
}

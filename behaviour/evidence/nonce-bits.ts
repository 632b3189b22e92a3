import { judgeNonces, noncesSeen } from '../models/nonce-battery.ts'

const CLIP = 4.7
/** ln 10^4: one good client in 10,000 may ever come so far (Ville's inequality). */
const REMARKABLE = Math.log(1e4)

/**
 * What the battery over all nonces of a client says, nats in [0, 4.7]: half of ln e, for the e-value
 * stands beside other voices that look at the same bytes; and nothing below e = 10^4. Undefined where
 * there is nothing to say, and between the looks: at 2 to 16 values, then at every eighth. `log10E` is what people are told.
 */
export function nonceBits(
  state: Uint32Array,
  bytes: 16 | 32,
): { readonly nats: number; readonly log10E: number } | undefined {
  const values = noncesSeen(state)
  // One value is judged by itself (nonce-bytes); later ones seldom change the verdict.
  if (values < 2 || (values > 16 && values % 8 !== 0)) return undefined
  const verdict = judgeNonces(state, bytes)
  if (verdict === undefined || verdict.lnE < REMARKABLE) return undefined
  return { nats: Math.min(CLIP, verdict.lnE / 2), log10E: verdict.lnE / Math.LN10 }
}

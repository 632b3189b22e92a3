/** P(closed without trying | hostile), P(... | benign): behaviour-models 4.5. */
const FIRST = Math.log(0.3 / 0.02)
const REPEAT = 0.5
const WITHIN_MS = 600_000

/**
 * A connection closed without any attempt: +2.71 nats once, +0.5 for each repeat within 10 minutes of
 * the one before, later ones nothing. `sinceLastMs` is undefined for the first one.
 */
export function noAuthentication(sinceLastMs: number | undefined): number {
  if (sinceLastMs === undefined) return FIRST
  return sinceLastMs <= WITHIN_MS ? REPEAT : 0
}

/** What one such connection weighed when it turns out otherwise, and `others` remain. */
export function noAuthenticationTakenBack(others: number): number {
  return others > 0 ? REPEAT : FIRST
}

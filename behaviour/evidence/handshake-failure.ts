/** P(handshake fails | hostile), P(... | benign): behaviour-models 4.5. */
const FAILED = Math.log(0.6 / 0.05)
const PER_MINUTE = 2

/**
 * A TLS handshake that failed: +2.48 nats, the third and later ones of a minute nothing. `before` is
 * how many failed in the same minute already.
 */
export function handshakeFailure(before: number): number {
  return before < PER_MINUTE ? FAILED : 0
}

import { type Outcome } from '../../schemas/generated/records.ts'
import { WORD } from './layout.ts'
import { type Moment } from './moment.ts'

/**
 * ln(0.3 / 0.03), assumed: of those who only imitate a hello three in ten cannot answer a retry of it;
 * of ordinary clients three in a hundred are lost by chance or by a box between.
 */
const RETRY_FAILED = 2.3
/** What a check itself added ends with its episode (architecture 6.5), seconds. */
const EPISODE_S = 15 * 60

/**
 * Checks of the mitigation pool. Any client that speaks TLS passes them: they earn no credit. A hello that promised more than its sender could do speaks against this program of this client, once,
 * until it passes the same check or the episode is over. A full handshake that failed is told by the
 * handshake itself.
 */
export function observeTlsChecks({ pair, atMs }: Moment, { challenges }: Outcome): void {
  if (pair === undefined) return
  for (const { kind, result } of challenges) {
    if (kind !== 'hello-retry') continue
    if (result === 'passed') forget(pair)
    if (result !== 'wrong') continue
    pair.raise('challenge', RETRY_FAILED, 1)
    pair.setInteger(WORD.checkFailed, Math.floor(atMs / 1_000))
  }
}

/** Ends what a failed check added when its episode is over. */
export function endTlsEpisode({ pair, atMs, protocol }: Moment): void {
  if (protocol !== 'tls' || pair === undefined || pair.nats('challenge') <= 0) return
  if (atMs / 1_000 - pair.integer(WORD.checkFailed) > EPISODE_S) forget(pair)
}

function forget(pair: NonNullable<Moment['pair']>): void {
  const nats = pair.nats('challenge')
  if (nats > 0) pair.takeBack('challenge', nats, pair.valueOf('challenge'))
}

import { handshakeFailure } from '../../behaviour/evidence/handshake-failure.ts'
import { REPEATED_KEY_SHARE_NATS } from '../../behaviour/evidence/repeated-nonce.ts'
import { SUCCEEDED } from '../../behaviour/evidence/ssh-attempt.ts'
import { judgeTlsHello } from '../../behaviour/inline.ts'
import { firstWord } from '../../lib/hash-words.ts'
import { type TlsHandshake, type TlsHello } from '../../schemas/generated/records.ts'
import { areTwo, compareNonce, countGreeting } from './greeting.ts'
import { CLIENT_WORD, RING } from './layout.ts'
import { proveGood } from './prove-good.ts'
import { speak, speakAll, type Moment } from './moment.ts'
import { ringFind, ringPut } from './ring.ts'
import { matchPatterns } from './traits-of.ts'

/** A ClientHello moves counts and fingerprints once a connection: the answer to a retry repeats it all. */
export function observeTlsHello(moment: Moment, hello: TlsHello): void {
  if (hello.ordinal > 0 || hello.answersRetry) return
  countGreeting(moment, hello.stableKey)
  compareNonce(moment, 't_rand_dup', hello.random, hello.clientPort)
  for (const digest of hello.keyShareDigests) compareKeyShare(moment, digest, hello.clientPort)
  speakAll(moment, judgeTlsHello(hello, moment.population))
  matchPatterns(moment)
}

function compareKeyShare(moment: Moment, digest: Uint8Array, port: number): void {
  // GREASE shares are one byte or none and always the same; real ones are told by their hash.
  if (GREASE_DIGESTS.has(firstWord(digest))) return
  const known = ringFind(moment.client, RING.keyShares, firstWord(digest))
  if (known === undefined) {
    ringPut(moment.client, RING.keyShares, [firstWord(digest), port])
    return
  }
  const before = moment.client.integer(known + 1)
  if (before === 0) moment.client.setInteger(known + 1, port)
  if (areTwo(before, port)) speak(moment, 't_keyshare_dup', REPEATED_KEY_SHARE_NATS, 1)
}

/** First words of SHA-256 of no byte and of one zero byte: what GREASE key shares hold (RFC 8701 3.1). */
const GREASE_DIGESTS = new Set([0xe3b0c442, 0x6e340b9c])

/** How a handshake ended. A refusal by the client itself says nothing against it. */
export function observeTlsHandshake(moment: Moment, handshake: TlsHandshake): void {
  if (handshake.result === 'finished') {
    if (handshake.clientCertificate !== 'verified') return
    speak(moment, 't_authenticated', SUCCEEDED, 1)
    proveGood(moment)
    return
  }
  if (handshake.result !== 'failed' || handshake.alertFrom === 'client') return
  const now = Math.floor(moment.atMs / 1000)
  const { client } = moment
  // A minute from its first failure, not of the clock: the same events weigh the same at any time.
  const same = now - client.integer(CLIENT_WORD.failuresSince) < 60
  const before = same ? client.integer(CLIENT_WORD.failures) : 0
  if (!same) client.setInteger(CLIENT_WORD.failuresSince, now)
  client.setInteger(CLIENT_WORD.failures, before + 1)
  speak(moment, 't_fail', handshakeFailure(before), 1)
  matchPatterns(moment)
}

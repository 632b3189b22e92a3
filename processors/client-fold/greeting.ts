import { connectionRate } from '../../behaviour/evidence/connection-rate.ts'
import { fingerprintChurn } from '../../behaviour/evidence/fingerprint-churn.ts'
import { hasshChurn } from '../../behaviour/evidence/hassh-churn.ts'
import { nonceBits } from '../../behaviour/evidence/nonce-bits.ts'
import { REPEATED_NONCE_NATS } from '../../behaviour/evidence/repeated-nonce.ts'
import { observeNonce } from '../../behaviour/models/nonce-battery.ts'
import { hashPair, hashText } from '../../lib/hash-words.ts'
import { FLAG, RING, TIME, WORD } from './layout.ts'
import { type JudgedProfile } from './judged-profile.ts'
import { speak, type Moment } from './moment.ts'
import { freshThisHour } from './fresh-this-hour.ts'
import { ringFind, ringPut, ringSize } from './ring.ts'

/** A fingerprint seen again after this long stays on the address. */
const STAYS_S = 600
const DAY_MS = 86_400_000

/** What every first hello or KEXINIT of a connection moves: counts, rate, churn. */
export function countGreeting(moment: Moment, fingerprint: string | null): void {
  for (const profile of [moment.client, moment.pair]) {
    if (profile === undefined) continue
    for (const word of [WORD.connections, WORD.fast, WORD.slow]) {
      profile.setNumber(word, profile.number(word) + 1)
    }
  }
  const fast = moment.client.number(WORD.fast)
  if (!moment.client.has(FLAG.shared) && !loggedInLately(moment)) {
    const feature = moment.protocol === 'tls' ? 't_rate' : 's_conn_rate'
    speak(moment, feature, connectionRate(moment.protocol, fast), fast)
  }
  if (fingerprint !== null) seeFingerprint(moment, hashText(fingerprint))
}

/** Who logs in is known: its bursts are those of its tools. */
function loggedInLately({ client, atMs }: Moment): boolean {
  const successMs = client.time(TIME.success)
  return successMs > 0 && atMs - successMs <= DAY_MS
}

function seeFingerprint(moment: Moment, hash: number): void {
  const { client, atMs } = moment
  const fresh = freshThisHour(client, hash, Math.floor(atMs / 3_600_000))
  if (fresh) client.setNumber(WORD.fresh, client.number(WORD.fresh) + 1)
  noteStay(client, hash, Math.floor(atMs / 1000))
  if (fresh) speakOfChurn(moment)
}

/** The address changes its fingerprints; no single one of them does. */
function speakOfChurn(moment: Moment): void {
  const { client, protocol, atMs } = moment
  if (protocol === 'tls') {
    const distinct = client.number(WORD.fresh)
    const churn = fingerprintChurn(distinct, client.number(WORD.slow))
    if (churn > 0) client.add('t_fp_churn', churn, Math.round(distinct))
    return
  }
  const distinct = shownSince(client, Math.floor(atMs / 1000) - 60)
  const churn = hasshChurn(distinct, loggedInLately(moment))
  if (churn > 0) client.add('s_hassh_churn', churn, distinct)
}

/** Of the newest fingerprints those shown at or after `second`. */
function shownSince(client: JudgedProfile, second: number): number {
  const { at, words } = RING.fingerprints
  let shown = 0
  for (let entry = ringSize(client, RING.fingerprints) - 1; entry >= 0; entry -= 1) {
    if (client.integer(at + entry * words + 2) >= second) shown += 1
  }
  return shown
}

/** Several programs that stay, with many connections each: many users behind one address. */
function noteStay(client: JudgedProfile, hash: number, now: number): void {
  const known = ringFind(client, RING.fingerprints, hash)
  if (known === undefined) ringPut(client, RING.fingerprints, [hash, now, now])
  else client.setInteger(known + 2, now)
  const { at, words } = RING.fingerprints
  let staying = 0
  for (let entry = ringSize(client, RING.fingerprints) - 1; entry >= 0; entry -= 1) {
    const word = at + entry * words
    if (client.integer(word + 2) - client.integer(word + 1) >= STAYS_S) staying += 1
  }
  const fresh = client.number(WORD.fresh)
  if (staying >= 3 && fresh < 0.3 * client.number(WORD.slow)) client.mark(FLAG.shared)
}

/**
 * Compares a client random or cookie with the client's newest ones. The same on another port is
 * another connection; on the same port it is the same one, seen by a second sensor.
 */
export function compareNonce(
  moment: Moment,
  feature: 't_rand_dup' | 's_cookie_dup',
  nonce: Uint8Array,
  port: number,
): void {
  const hash = hashPair(nonce)
  const known = ringFind(moment.client, RING.nonces, ...hash)
  if (known === undefined) {
    ringPut(moment.client, RING.nonces, [...hash, port])
    testNonce(moment, nonce)
    return
  }
  const before = moment.client.integer(known + 2)
  if (port !== 0) moment.client.setInteger(known + 2, port)
  if (areTwo(before, port)) speak(moment, feature, REPEATED_NONCE_NATS, 1)
}

/** Everything but repetition: what the bytes of all its nonces have in common. */
function testNonce(moment: Moment, nonce: Uint8Array): void {
  const { protocol, atMs } = moment
  const state = moment.nonces()
  observeNonce(state, nonce, Math.floor(atMs / 1000))
  const found = nonceBits(state, protocol === 'tls' ? 32 : 16)
  if (found === undefined) return
  const [single, all] =
    protocol === 'tls'
      ? (['t_rand_bytes', 't_rand_bits'] as const)
      : (['s_cookie_bytes', 's_cookie_bits'] as const)
  // The same bytes do not speak twice: what one of them said by itself is part of what all of them say.
  speak(moment, all, Math.max(0, found.nats - moment.client.nats(single)), found.log10E)
}

/** Ports of two connections. A gate may not tell the port (0): then it may be the one a tap saw. */
export function areTwo(port: number, other: number): boolean {
  return port !== other && port !== 0 && other !== 0
}

import { EPISODE_MS } from '../../lib/challenge-results.ts'
import { type Outcome } from '../../schemas/generated/records.ts'
import { type JudgedProfile } from './judged-profile.ts'
import { WORD } from './layout.ts'
import { type Moment } from './moment.ts'

/** Evidence in nats of answers (behaviour-models 4.8); persons' answers, and slow ones, are ours. */
const RIGHT: ReadonlyMap<string, number> = new Map([
  // A cookie is sent back by whoever can read: it proves the address, and no good will.
  ['mac', -1.5],
  ['puzzle', -2.5],
  ['question', -2.5],
  ['totp', -2.5],
])
const WRONG = 1.5
const ABSENT = 0.7
const SLOW = 0.35
/** Solving challenges never buys more than this (architecture 6.5). */
const SOLVED_MOST = -2.5
/** Nor does failing them add more (behaviour-models 4.8). */
const FAILED_MOST = 4

/** Answers of one connection speak for or against this program of this client, and no other of its address. */
export function observeSshChallenges({ pair, atMs }: Moment, { challenges }: Outcome): void {
  if (pair === undefined || challenges.length === 0) return
  let failed = 0
  let count = 0
  let bad = false
  for (const { kind, result, elapsedMs } of challenges) {
    if (result === 'passed') solve(pair, RIGHT.get(kind) ?? 0)
    if (result === 'slow') {
      pair.raise('s_challenge_ms', SLOW, elapsedMs)
      bad = true
    }
    if (result === 'wrong' || result === 'timeout') {
      failed += result === 'wrong' ? WRONG : ABSENT
      count += 1
    }
  }
  if (count > 0) {
    const room = Math.max(0, FAILED_MOST - pair.nats('s_challenge_failed'))
    pair.add('s_challenge_failed', Math.min(failed, room), count)
  }
  if (bad || count > 0) pair.setInteger(WORD.checkFailed, Math.floor(atMs / 1_000))
}

/** Ends what challenges added when the episode of the last one is over. */
export function endSshEpisode({ pair, atMs, protocol }: Moment): void {
  if (protocol !== 'ssh' || pair === undefined) return
  if (atMs - pair.integer(WORD.checkFailed) * 1_000 <= EPISODE_MS) return
  for (const feature of ['s_challenge_failed', 's_challenge_ms'] as const) {
    const nats = pair.nats(feature)
    if (nats > 0) pair.takeBack(feature, nats, pair.valueOf(feature))
  }
}

function solve(pair: JudgedProfile, nats: number): void {
  const room = Math.min(0, SOLVED_MOST - pair.nats('challenge'))
  if (nats < 0) pair.add('challenge', Math.max(nats, room), 1)
}

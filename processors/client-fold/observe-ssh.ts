import { noAuthentication } from '../../behaviour/evidence/no-authentication.ts'
import {
  attemptEvidence,
  FAILED_VALID,
  inferredFailure,
  MISTYPED,
  MISTYPES,
} from '../../behaviour/evidence/ssh-attempt.ts'
import { judgeSshConnection } from '../../behaviour/inline.ts'
import { type SshSymbolKind } from '../../behaviour/models/ssh-hmm.ts'
import { hashText } from '../../lib/hash-words.ts'
import {
  type SshAuthAttempt,
  type SshConnection,
  type SshSession,
} from '../../schemas/generated/records.ts'
import { type JudgedProfile } from './judged-profile.ts'
import { CLIENT_WORD, FLAG, RING, TIME, WORD } from './layout.ts'
import { compareNonce, countGreeting } from './greeting.ts'
import {
  endedConnection,
  loggedConnection,
  openConnection,
  pairWasTold,
  takeBackTold,
  tell,
  TOLD,
  toldOf,
} from './connections.ts'
import { noteSymbol } from './hidden-state.ts'
import { speak, speakAll, type Moment } from './moment.ts'
import { noteUnknown } from './note-unknown.ts'
import { proveGood } from './prove-good.ts'
import { ringFind, ringPut, ringSize } from './ring.ts'

/** Attempts a tap may infer from one session. */
const MOST_INFERRED = 10
/** Names with a success from one address that make it many people's. */
const CROWD_OF_USERS = 3
/** A log line lags the packets by this much at most, milliseconds. */
const LOG_LAG_MS = 5_000

/** Banner and KEXINIT of a client. */
export function observeSshConnection(moment: Moment, connection: SshConnection): void {
  countGreeting(moment, connection.hassh)
  if (connection.cookie !== null) {
    compareNonce(moment, 's_cookie_dup', connection.cookie, connection.clientPort)
  }
  openConnection(moment, connection.clientPort)
  speakAll(moment, judgeSshConnection(connection, moment.population))
}

/** How a session ended, as its packets tell. A log that tells of the same attempts goes first. */
export function observeSshSession(moment: Moment, session: SshSession): void {
  const { client, pair, atMs } = moment
  const toldAtMs = client.integer(CLIENT_WORD.toldAttempt) * 1000
  if (toldAtMs > 0 && toldAtMs >= atMs - session.durationMs - LOG_LAG_MS) return
  const entry = endedConnection(moment, session.clientPort, session.durationMs)
  if (session.result === 'no-authentication') tellLeft(moment, entry)
  if (session.result !== 'not-authenticated') return
  const attempts = Math.min(MOST_INFERRED, Math.max(1, session.attempts))
  const percent = Math.round(100 * Math.min(1, Math.max(0, session.confidence)))
  const nats = attempts * inferredFailure(percent / 100)
  if (toldOf(client, entry) === TOLD.attempts) {
    // The log came before the greeting: the client heard it, its fingerprint did not.
    if (pairWasTold(client, entry)) return
    pair?.add('s_fail', nats, attempts)
    tell(moment, entry, TOLD.attempts)
    return
  }
  takeBackTold(moment, entry)
  tell(moment, entry, TOLD.inferred, attempts, percent)
  noteSymbol(moment, 'failed')
  countAttempts(moment, attempts)
  speak(moment, 's_fail', nats, attempts)
}

/** Left without an attempt, by the packets or by the log: once, and not when attempts are known. */
function tellLeft(moment: Moment, entry: number): void {
  if (toldOf(moment.client, entry) !== TOLD.nothing) return
  tell(moment, entry, TOLD.left)
  noteNoAuthentication(moment)
}

/** The log tells of attempts of a connection: what was inferred of it is taken back. */
function joinLog(moment: Moment, { clientPort, result }: SshAuthAttempt): void {
  const { client, atMs } = moment
  if (clientPort === 0) {
    client.setInteger(CLIENT_WORD.toldAttempt, Math.floor(atMs / 1000))
    if (result === 'closed-before') noteNoAuthentication(moment)
    return
  }
  const entry = loggedConnection(moment, clientPort)
  if (result === 'closed-before') {
    tellLeft(moment, entry)
    return
  }
  takeBackTold(moment, entry)
  tell(moment, entry, TOLD.attempts)
}

/** One attempt told by a log or a gate. `user` of the record is the name or its keyed hash. */
export function observeSshAttempt(moment: Moment, attempt: SshAuthAttempt): void {
  const { client } = moment
  joinLog(moment, attempt)
  if (attempt.result === 'closed-before') return
  countAttempts(moment, 1)
  const user = attempt.user ?? ''
  const known = ringFind(client, RING.users, hashText(user))
  const earlierSuccesses = known === undefined ? 0 : client.integer(known + 1)
  const evidence = attemptEvidence({
    result: attempt.result,
    userExists: attempt.userExists,
    decoy: moment.lists.isDecoy(user),
    earlierSuccesses,
    retyped: retyped(client, attempt),
    newForUser: isNew(moment.pair, attempt, earlierSuccesses),
  })
  for (const { feature, nats } of evidence) speak(moment, feature, nats, 1)
  noteSymbol(moment, symbolOf(attempt))
  if (attempt.result === 'accepted') {
    forgiveMistypes(moment, hashText(user))
    noteSuccess(moment, user, known, earlierSuccesses)
  } else {
    const known = evidence.some(({ feature }) => feature === 's_fail_known')
    noteFailure(client, known ? 0 : failedName(attempt), attempt.clientPort)
  }
  noteUnknown(moment, attempt)
  if (user !== '' && attempt.userForm === 'clear') {
    moment.sight('user', user, attempt.result === 'accepted' ? 'trusted' : 'seen')
  }
}

function symbolOf({ result, userExists }: SshAuthAttempt): SshSymbolKind {
  if (result === 'accepted') return 'accepted'
  return userExists === false ? 'failed-invalid' : 'failed'
}

/** What stands for the name that failed last; one that does not exist is never made good by a login. */
function failedName({ user, userExists }: SshAuthAttempt): number {
  const hash = hashText(user ?? '')
  return userExists === false ? ~hash >>> 0 : hash
}

/** The same name once or twice more on the same connection: as often as ssh asks for its password. */
function retyped(client: JudgedProfile, attempt: SshAuthAttempt): boolean {
  const { clientPort } = attempt
  if (clientPort === 0 || client.integer(CLIENT_WORD.failedPort) !== clientPort) return false
  if (client.integer(CLIENT_WORD.failedUser) !== failedName(attempt)) return false
  const before = client.integer(CLIENT_WORD.failedInRow)
  return before >= 1 && before <= MISTYPES
}

/** 0 for a failure that no success makes good. */
function noteFailure(client: JudgedProfile, user: number, port: number): void {
  const same = client.integer(CLIENT_WORD.failedUser) === user
  const before = same ? client.integer(CLIENT_WORD.failedInRow) : 0
  client.setInteger(CLIENT_WORD.failedUser, user)
  client.setInteger(CLIENT_WORD.failedInRow, before + 1)
  client.setInteger(CLIENT_WORD.failedPort, port)
}

/** A name that fails once or twice and then logs in was mistyped; a guesser needs more, and other names. */
function forgiveMistypes(moment: Moment, user: number): void {
  const { client } = moment
  const times = client.integer(CLIENT_WORD.failedInRow)
  const mistyped = client.integer(CLIENT_WORD.failedUser) === user && times <= MISTYPES
  client.setInteger(CLIENT_WORD.failedUser, 0)
  client.setInteger(CLIENT_WORD.failedInRow, 0)
  if (!mistyped || times === 0) return
  for (const profile of [client, moment.pair])
    profile?.takeBack('s_fail', times * FAILED_VALID, times)
  speak(moment, 's_fail_known', times * MISTYPED, times)
}

function isNew(
  pair: JudgedProfile | undefined,
  attempt: SshAuthAttempt,
  earlierSuccesses: number,
): boolean {
  if (attempt.method === 'publickey') return false
  return earlierSuccesses === 0 || pair?.time(TIME.success) === 0
}

function noteSuccess(
  moment: Moment,
  user: string,
  known: number | undefined,
  earlier: number,
): void {
  const { client } = moment
  if (known === undefined) ringPut(client, RING.users, [hashText(user), 1])
  else client.setInteger(known + 1, earlier + 1)
  if (ringSize(client, RING.users) >= CROWD_OF_USERS) client.mark(FLAG.shared)
  proveGood(moment)
}

function noteNoAuthentication(moment: Moment): void {
  const { client, atMs } = moment
  const last = client.integer(CLIENT_WORD.noAuthentication) * 1000
  const forgotten = client.nats('s_noauth') < 0.1
  const nats = noAuthentication(last === 0 || forgotten ? undefined : atMs - last)
  client.setInteger(CLIENT_WORD.noAuthentication, Math.floor(atMs / 1000))
  noteSymbol(moment, 'left')
  speak(moment, 's_noauth', nats, 1)
}

function countAttempts(moment: Moment, by: number): void {
  for (const profile of [moment.client, moment.pair]) {
    profile?.setNumber(WORD.attempts, profile.number(WORD.attempts) + by)
  }
}

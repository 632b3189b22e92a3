import { UNKNOWN_PLACE } from '../../lib/connection-stamp.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Privacy } from '../../lib/pseudonym.ts'
import { type SshAuthAttempt } from '../../schemas/generated/records.ts'
import { AttemptTracker, type TrackedAttempt } from './attempt-tracker.ts'
import { COMMON_NAMES } from './common-names.ts'
import { MAX_LINE, parseLogLine } from './log-line.ts'
import { parseSshdMessage } from './sshd-message.ts'
import { type TimeZone } from './time-zone.ts'

export interface AuthLogOptions {
  readonly sensor: string
  readonly site: string
  /** The protected service the log belongs to. */
  readonly listener: string
  /** Names that do not exist are hashed in any case: they are often mistyped passwords. */
  readonly privacy: Privacy
  /** Of stamps that name none. */
  readonly zone: TimeZone
}

/** Why a line made no record; a closed list, usable as a metric label. */
export type LineDrop = 'too-long' | 'not-a-log-line' | 'other-program' | 'no-attempt'

/** Lines of an sshd's log → SshAuthAttempt records, one for each attempt. */
export interface AuthLog {
  /**
   * `at`: where the line begins in its file, or which one it is: the same line at the same place gives the same
   * ids again. `nowUs`: when it was read, microseconds; gives the year where the stamp has none.
   */
  line(text: string, at: number, nowUs: number): readonly SshAuthAttempt[]
  /** Where the first line of a connection begins that a line to come may be about; undefined: none is. */
  openSince(): number | undefined
  /** What waited for a line that will not come. */
  flush(nowUs: number): readonly SshAuthAttempt[]
  readonly drops: ReadonlyMap<LineDrop, number>
}

/** OpenSSH up to 9.7 is one program; from 9.8 on sessions have their own. */
const PROGRAMS = new Set(['sshd', 'sshd-session', 'sshd-auth'])
const UNKNOWN_ADDRESS = new Uint8Array(16)
const LONGEST_NAME = 256

export function createAuthLog(options: AuthLogOptions): AuthLog {
  const tracker = new AttemptTracker()
  const drops = new Map<LineDrop, number>()
  let lastMs = 0

  function drop(reason: LineDrop): readonly SshAuthAttempt[] {
    drops.set(reason, (drops.get(reason) ?? 0) + 1)
    return []
  }

  return {
    drops,
    openSince: () => tracker.openSince(),
    line(text, at, nowUs): readonly SshAuthAttempt[] {
      if (text.length > MAX_LINE) return drop('too-long')
      const whole = text.endsWith('\r') ? text.slice(0, -1) : text
      const line = parseLogLine(whole, { zone: options.zone, readMs: nowUs / 1000, lastMs })
      if (line === undefined) return drop('not-a-log-line')
      lastMs = line.atMs
      if (!PROGRAMS.has(line.program)) return drop('other-program')
      const message = parseSshdMessage(line.message)
      if (message === undefined) return drop('no-attempt')
      return tracker
        .take({ ...line, at }, message)
        .map((attempt) => toRecord(attempt, options, nowUs))
    },
    flush: (nowUs) => tracker.flush().map((attempt) => toRecord(attempt, options, nowUs)),
  }
}

function toRecord(attempt: TrackedAttempt, options: AuthLogOptions, nowUs: number): SshAuthAttempt {
  const { line, peer, ordinal, result, userExists, method, keyFingerprint } = attempt
  const observedAt = Math.round(line.atMs * 1000)
  const { addresses, ...names } = options.privacy
  const address = addresses.of(peer.address)
  // Nothing of the name is in it: a hash of it without a key would give it away.
  const where = [options.site, options.sensor, line.at, line.host, line.processId, observedAt]
  const about = [...where, address.join('.'), peer.port, result]
  return {
    eventId: eventId('SshAuthAttempt', about.join('|'), attempt.repeat),
    observedAt,
    ingestedAt: nowUs,
    sensor: options.sensor,
    site: options.site,
    connectionId: null,
    listener: options.listener,
    source: 'log',
    clientAddress: address,
    clientPort: peer.port,
    serverAddress: UNKNOWN_ADDRESS,
    serverPort: 0,
    addressForm: addresses.form,
    ...UNKNOWN_PLACE,
    coverageDirections: 'none',
    coverageLostBytes: 0,
    // sshd talked to it: nobody logs in from an address that is not theirs.
    handshakeProven: true,
    ordinal,
    ...nameOf(attempt.user, userExists, names),
    userExists,
    method,
    result,
    keyFingerprint,
    processId: line.processId,
  }
}

function nameOf(
  user: string | null,
  exists: boolean | null,
  { clearNames, hashName }: Pick<Privacy, 'clearNames' | 'hashName'>,
): Pick<SshAuthAttempt, 'user' | 'userForm'> {
  if (user === null) return { user: null, userForm: 'absent' }
  const clear =
    clearNames && (exists === true || COMMON_NAMES.has(user)) && user.length <= LONGEST_NAME
  return clear ? { user, userForm: 'clear' } : { user: hashName(user), userForm: 'pseudonym' }
}

import { type LogLine as ReadLine } from './log-line.ts'
import { type Peer, type SshdMessage } from './sshd-message.ts'

/** A line, and where it begins in its file. */
export type LogLine = ReadLine & { readonly at: number }

/** One attempt, or a connection that ended without any. */
export interface TrackedAttempt {
  readonly line: LogLine
  /** Tells attempts apart that one line is about. */
  readonly repeat: number
  readonly peer: Peer
  readonly ordinal: number
  readonly result: 'failed' | 'accepted' | 'closed-before'
  readonly user: string | null
  readonly userExists: boolean | null
  readonly method: string
  readonly keyFingerprint: string | null
}

interface Connection {
  /** Where its first line begins, and its time. */
  begin: { readonly at: number; readonly atMs: number }
  accepted: boolean
  attempts: number
  publicKeyFailed: boolean
  /** An "Invalid user" whose "Failed" did not come yet. */
  pending: { readonly line: LogLine; readonly peer: Peer; readonly user: string } | undefined
  ended: boolean
  endedMs: number
}

/** A process id comes again with another connection after its end. */
function fresh({ at, atMs }: LogLine): Connection {
  return {
    begin: { at, atMs },
    accepted: false,
    attempts: 0,
    publicKeyFailed: false,
    pending: undefined,
    ended: false,
    endedMs: 0,
  }
}

const MOST_CONNECTIONS = 8_192
/** sshd's LoginGraceTime: after it no "Failed" follows an "Invalid user". */
const WAIT_MS = 120_000
/** sshd tells of one end in several lines. */
const ENDING_MS = 10_000

/**
 * Makes one attempt of the several lines sshd writes for it ("Invalid user", PAM's, "Failed"), told
 * apart by host and process id. A host with keys only writes no "Failed" for a name that does not
 * exist: its "Invalid user" counts when the connection ends. Bounded: the oldest connection is settled
 * when there are too many.
 */
export class AttemptTracker {
  readonly #connections = new Map<string, Connection>()
  /** Connections with a pending line, in the order they began to wait. */
  readonly #waiting = new Set<Connection>()
  #newestMs = 0

  take(line: LogLine, message: SshdMessage): readonly TrackedAttempt[] {
    return [...this.#expire(line.atMs), ...this.#take(line, message)]
  }

  #take(line: LogLine, message: SshdMessage): readonly TrackedAttempt[] {
    const port = message.kind === 'key-refused' ? 'none' : message.peer.port
    const key = `${line.host}|${line.processId ?? port}`
    const connection = this.#connections.get(key) ?? this.#begin(key, line)
    this.#newestMs = Math.max(this.#newestMs, line.atMs)
    const another = message.kind !== 'closed' || line.atMs > connection.endedMs + ENDING_MS
    if (connection.ended && another) Object.assign(connection, fresh(line))
    switch (message.kind) {
      case 'invalid-user':
        connection.pending = { line, peer: message.peer, user: message.user }
        this.#waiting.add(connection)
        return []
      case 'failed':
      case 'accepted':
        return told(connection, line, { ...message, kind: message.kind })
      case 'exceeded':
        return toldAtLast(connection, line, message)
      case 'key-refused':
        connection.publicKeyFailed = true
        return []
      case 'closed': {
        const settled = settle(connection, line, message)
        connection.ended = true
        connection.endedMs = line.atMs
        return settled
      }
    }
  }

  /** Where the first line of a connection begins whose attempts may not be over; undefined: none. */
  openSince(): number | undefined {
    let since: number | undefined
    for (const { begin, ended, accepted } of this.#connections.values()) {
      // What was let in tells no more, and what was not within the grace time is put out.
      if (ended || accepted || begin.atMs < this.#newestMs - WAIT_MS) continue
      since = Math.min(since ?? begin.at, begin.at)
    }
    return since
  }

  /** What still waits for its other line; the log has ended. */
  flush(): readonly TrackedAttempt[] {
    const left = [...this.#connections.values()].flatMap(settlePending)
    this.#connections.clear()
    this.#waiting.clear()
    return left
  }

  #expire(atMs: number): readonly TrackedAttempt[] {
    const expired: TrackedAttempt[] = []
    for (const connection of this.#waiting) {
      const { pending } = connection
      if (pending !== undefined && pending.line.atMs > atMs - WAIT_MS) break
      this.#waiting.delete(connection)
      expired.push(...settlePending(connection))
    }
    return expired
  }

  #begin(key: string, line: LogLine): Connection {
    if (this.#connections.size >= MOST_CONNECTIONS) {
      for (const oldest of this.#connections.keys()) {
        this.#connections.delete(oldest)
        break
      }
    }
    const made = fresh(line)
    this.#connections.set(key, made)
    return made
  }
}

type Attempt = Extract<SshdMessage, { kind: 'failed' | 'accepted' | 'exceeded' }>

function told(
  connection: Connection,
  line: LogLine,
  message: Attempt & { readonly kind: 'failed' | 'accepted' },
): readonly TrackedAttempt[] {
  connection.pending = undefined
  // "none" asks which methods there are (RFC 4252 5.2); only a name that does not exist tells something.
  if (message.kind === 'failed' && message.method === 'none' && message.userExists) return []
  if (message.kind === 'failed' && message.method === 'publickey') {
    // An agent offers all of its keys in turn: that is one attempt.
    if (connection.publicKeyFailed) return []
    connection.publicKeyFailed = true
  }
  const { peer, user, userExists, method, keyFingerprint, kind } = message
  if (kind === 'accepted') connection.accepted = true
  return Array.from({ length: message.times }, (_, repeat) => {
    const ordinal = connection.attempts
    connection.attempts += 1
    const about = { user, userExists, method, keyFingerprint }
    return { line, repeat, peer, ordinal, result: kind, ...about }
  })
}

/**
 * sshd's monitor, who writes "Failed", never hears of a method that is switched off (auth.c, auth_log):
 * who insists on passwords where only keys are taken is told of in this one line. Where there were
 * others it says nothing new, and an agent's keys are one attempt.
 */
function toldAtLast(
  connection: Connection,
  line: LogLine,
  message: Attempt,
): readonly TrackedAttempt[] {
  if (connection.attempts > 0) return []
  const times = connection.publicKeyFailed ? 1 : message.times
  return told(connection, line, { ...message, kind: 'failed', times })
}

function settle(
  connection: Connection,
  line: LogLine,
  message: Extract<SshdMessage, { kind: 'closed' }>,
): readonly TrackedAttempt[] {
  const waited = settlePending(connection)
  if (waited.length > 0) return waited
  if (connection.attempts > 0 || connection.ended || !message.early) return []
  const nothing = { user: null, userExists: null, method: 'unknown', keyFingerprint: null }
  const { peer } = message
  return [{ line, repeat: 0, peer, ordinal: 0, result: 'closed-before', ...nothing }]
}

function settlePending(connection: Connection): readonly TrackedAttempt[] {
  const { pending, attempts } = connection
  if (pending === undefined) return []
  connection.pending = undefined
  connection.attempts += 1
  const { line, peer, user } = pending
  const about = { user, userExists: false, method: 'unknown', keyFingerprint: null }
  return [{ line, repeat: 0, peer, ordinal: attempts, result: 'failed', ...about }]
}

import { type AnyRecord } from '../lib/codec/codec.ts'
import { type AuthLog } from './auth-log/auth-log.ts'
import { type HaproxyLog, isHaproxyLine } from './haproxy-log/haproxy-log.ts'

/** Lines of a log, whoever wrote them, to records. */
export interface LogReader {
  /** `at`: where the line begins in its file: the same line at the same place gives the same ids again. */
  line(text: string, at: number, nowUs: number): readonly AnyRecord[]
  /** Where the first line begins that a line to come may be about; undefined: none is. */
  openSince(): number | undefined
  /** Lines that made no record, by reason; a closed list. */
  drops(): ReadonlyMap<string, number>
}

/**
 * Reads the lines of gates/haproxy and those of an sshd from one file. A line is HAProxy's when its
 * message begins with `vst1`: nothing that a client says comes first in a message of the programs that
 * write such files.
 */
export function logReader(authLog: AuthLog, haproxyLog: HaproxyLog): LogReader {
  return {
    line(text, at, nowUs): readonly AnyRecord[] {
      const message = haproxyMessage(text)
      if (message !== undefined) return haproxyLog.line(message, at, nowUs)
      return authLog.line(text, at, nowUs).map((record) => ({ type: 'SshAuthAttempt', record }))
    },
    openSince: () => authLog.openSince(),
    drops: () =>
      new Map<string, number>([
        ...authLog.drops,
        ['haproxy-fault', haproxyLog.faults],
        ['haproxy-fault-untold', haproxyLog.untold],
      ]),
  }
}

/** The message of a line HAProxy wrote, alone (stdout) or behind the head that a syslog puts before it. */
function haproxyMessage(text: string): string | undefined {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text
  if (isHaproxyLine(line)) return line
  const tag = HEAD.exec(line.slice(0, LONGEST_HEAD))
  if (tag === null) return undefined
  const message = line.slice(tag[0].length)
  return isHaproxyLine(message) ? message : undefined
}

const LONGEST_HEAD = 512
/** Stamp and host of RFC 3164 or ISO 8601, then the tag; HAProxy behind rsyslog, or `journalctl -o short`. */
const HEAD =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.+Z-]{8,24}) \S{1,255} haproxy(?:\[\d{1,10}\])?: /

import { type StampedLog } from '../../test/support/stamped-log.ts'

/** Tries that a sshd heard, by its log. */
export interface LoginCounter {
  /** Wrong passwords between two moments, milliseconds since 1970. */
  failures(fromMs: number, untilMs: number): number
}

const FAILED = /^(\S+) \S+ sshd: Failed (?:password|keyboard-interactive\S*|publickey) for /

export function countLogins(log: StampedLog): LoginCounter {
  return {
    failures(fromMs, untilMs): number {
      return log
        .text()
        .split('\n')
        .filter((line) => {
          const at = Date.parse(FAILED.exec(line)?.[1] ?? '')
          return at >= fromMs && at < untilMs
        }).length
    },
  }
}

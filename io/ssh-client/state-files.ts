import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The user's files about gates, beside OpenSSH's own. */
export interface StateFiles {
  /** Keys pinned on first use, like known_hosts. */
  readonly knownGates: string
  /** What the user said about device fingerprints. */
  readonly consents: string
  /** Keys of enrolment; secret. */
  readonly enrolments: string
}

export function stateFiles(folder: string | undefined): StateFiles {
  const base = folder ?? join(homedir(), '.ssh')
  return {
    knownGates: join(base, 'known_gates'),
    consents: join(base, 'gate_consents'),
    enrolments: join(base, 'gate_enrolments'),
  }
}

/** More than anybody's list; a file that is larger is not read. */
const LONGEST_FILE = 8 << 20

/** The file's text, empty when there is none. Throws what the system says otherwise. */
export function readState(path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length > LONGEST_FILE) throw new Error(`${path} is larger than ${LONGEST_FILE} bytes`)
    return text
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** Adds a line in one write, so that many logins at once leave whole lines; the folder and the file are the user's alone. */
export function appendState(path: string, line: string): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  appendFileSync(path, line, { mode: 0o600 })
}

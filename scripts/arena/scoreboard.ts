import { addressText } from '../../lib/client-entity.ts'
import { type Decision, type SshAuthAttempt } from '../../schemas/generated/records.ts'

/** Who takes part, by the address that connections come from. */
export interface Participant {
  readonly name: string
  readonly kind: 'user' | 'attacker'
  readonly address: string
}

/** What was decided about one and came of it. */
export interface Standing extends Participant {
  /** Connections of which the API was asked. */
  asked: number
  passed: number
  challenged: number
  refused: number
  /** Wrong passwords that sshd heard. */
  tries: number
  logins: number
  risk: number
  band: Decision['band']
}

/** Counts by participant; addresses of nobody are left out. */
export class Scoreboard {
  readonly #standings: ReadonlyMap<string, Standing>

  constructor(participants: readonly Participant[]) {
    const nothing = { asked: 0, passed: 0, challenged: 0, refused: 0, tries: 0, logins: 0 }
    this.#standings = new Map(
      participants.map((one) => [one.address, { ...one, ...nothing, risk: 0, band: 'low' }]),
    )
  }

  get standings(): readonly Standing[] {
    return [...this.#standings.values()]
  }

  decided({ clientAddress, answer, score, band }: Decision): void {
    const standing = this.#standings.get(addressText(clientAddress))
    if (standing === undefined) return
    standing.asked += 1
    if (answer === 'pass') standing.passed += 1
    else if (answer === 'terminate') standing.refused += 1
    else standing.challenged += 1
    standing.risk = score
    standing.band = band
  }

  attempted({ clientAddress, result }: SshAuthAttempt): void {
    const standing = this.#standings.get(addressText(clientAddress))
    if (standing === undefined) return
    if (result === 'accepted') standing.logins += 1
    if (result === 'failed') standing.tries += 1
  }
}

const COLUMNS: readonly (readonly [head: string, width: number, of: (one: Standing) => string])[] =
  [
    ['', 22, ({ name }) => name],
    ['from', 14, ({ address }) => address],
    ['risk', 6, ({ risk }) => risk.toFixed(0)],
    ['band', 10, ({ band }) => band],
    ['logged in', 11, ({ logins }) => String(logins)],
    ['asked more', 12, ({ challenged }) => String(challenged)],
    ['refused', 9, ({ refused }) => String(refused)],
    ['wrong passwords sshd heard', 26, ({ tries }) => String(tries)],
  ]

/** Lines of a table: users, then attackers. */
export function renderScoreboard(
  standings: readonly Standing[],
  turnedAway: number,
  seconds: number,
): readonly string[] {
  const lines = standings.map((one) =>
    COLUMNS.map(([, width, of]) => of(one).padEnd(width)).join(''),
  )
  return [
    COLUMNS.map(([head, width]) => head.padEnd(width)).join(''),
    ...lines,
    `after ${seconds.toFixed(0)} s; ${turnedAway} connections of refused sources were turned away without asking anybody`,
  ].map((line) => line.trimEnd())
}

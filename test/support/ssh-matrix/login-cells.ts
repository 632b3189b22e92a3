import { type Decision, type Outcome } from '../../../schemas/generated/records.ts'
import { eventually } from '../eventually.ts'
import { type Ran } from '../run.ts'
import { BANDS, MODES, PASSWORD, type BandedGate, type BandName, type Mode } from './banded-gate.ts'
import { type ClientKeys, type SshClient } from './clients.ts'
import { type MatrixHelper } from './matrix-helpers.ts'

/** `known`: a medium client that logged in within 30 days. */
export type Column = BandName | 'known'
export const COLUMNS: readonly Column[] = ['low', 'medium', 'known', 'high', 'critical']

/** One login of one client through one listener. */
export interface LoginCell {
  readonly client: SshClient
  readonly helper: MatrixHelper | undefined
  readonly mode: Mode
  readonly column: Column
}

/** How a login went: in or not, and what was asked of the client. */
export interface LoginResult {
  readonly saw: string
  readonly expected: string
  /** Of a refused one: whether its user read why. */
  readonly toldWhy: boolean
  readonly ran: Ran
}

/** Every login that is tried; in this order, for who is known must have been seen. */
export function loginCells(
  clients: readonly SshClient[],
  helpers: readonly MatrixHelper[],
): readonly LoginCell[] {
  return COLUMNS.flatMap((column) =>
    MODES.flatMap((mode) =>
      clients.flatMap((client) => {
        const unaware: LoginCell = { client, helper: undefined, mode, column }
        // What it proved before spares an aware client nothing.
        if (column === 'known' || !client.takesProxyCommand) return [unaware]
        return [unaware, ...helpers.map((helper) => ({ client, helper, mode, column }))]
      }),
    ),
  )
}

/** What the policy says becomes of it. */
export function expectedOf({ client, helper, mode, column }: LoginCell): string {
  if (column === 'critical') return 'refused'
  if (column === 'low' && mode === 'spawn') return 'in: stamp'
  if (helper !== undefined) return column === 'low' ? 'in: cookie' : 'in: cookie, puzzle'
  if (column === 'low') return 'in'
  if (column === 'known') return 'in: brake'
  return client.canBeAsked ? 'in: one more proof' : 'refused: cannot be asked'
}

export async function runLogin(
  cell: LoginCell,
  banded: BandedGate,
  keys: ClientKeys,
): Promise<LoginResult> {
  const { client, helper, mode, column } = cell
  const band = bandOf(column)
  banded.known(column === 'known')
  banded.told(mode, band)
  const port = banded.port(mode, band)
  const via = helper && `${helper.command} 127.0.0.1 ${port}`
  const ran = await client.run({ port, keys, via, answer: PASSWORD, command: 'echo in' })
  const asked = await whatWasAsked(banded, mode, band)
  const isIn = ran.stdout === 'in\n'
  const how = asked === '' ? '' : `: ${asked}`
  const saw = isIn ? `in${how}` : asked === 'terminated' ? 'refused' : 'refused: cannot be asked'
  const toldWhy = `${ran.stdout}${ran.stderr}`.includes('Connection refused (')
  return { saw, expected: expectedOf(cell), toldWhy, ran }
}

export function bandOf(column: Column): BandName {
  return column === 'known' ? 'medium' : (BANDS.find((band) => band === column) ?? 'low')
}

/** From what the API published: what the gate did, in words. */
async function whatWasAsked(banded: BandedGate, mode: Mode, band: BandName): Promise<string> {
  const decisions: Decision[] = []
  const outcomes: Outcome[] = []
  await eventually('the connection is reported', () => {
    const told = banded.told(mode, band)
    decisions.push(...told.decisions)
    outcomes.push(...told.outcomes)
    return outcomes.length > 0
  })
  const last = decisions.at(-1)
  const steps = outcomes.flatMap(({ challenges }) => challenges)
  const wrong = steps.filter(({ result }) => result !== 'passed').map(({ kind }) => `wrong ${kind}`)
  if (last === undefined || wrong.length > 0) return wrong.join(', ') || 'no decision'
  switch (last.answer) {
    case 'pass':
      if (last.reasons.some(({ code }) => code === 'brake')) return 'brake'
      return mode === 'spawn' && last.fingerprint === null ? 'stamp' : ''
    case 'step-up':
      return 'one more proof'
    case 'challenge':
      return steps.map(({ kind }) => (kind === 'mac' ? 'cookie' : kind)).join(', ')
    default:
      return last.answer === 'terminate' ? 'terminated' : last.answer
  }
}

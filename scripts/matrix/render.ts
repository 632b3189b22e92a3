import {
  COLUMNS,
  type Column,
  type LoginCell,
  type LoginResult,
} from '../../test/support/ssh-matrix/login-cells.ts'
import { MODES, type Mode } from '../../test/support/ssh-matrix/banded-gate.ts'
import { USAGE_COLUMNS, type UsageCell } from '../../test/support/ssh-matrix/usage-cells.ts'

export interface LoginRow extends LoginCell {
  readonly result: LoginResult
}

export interface UsageRow extends UsageCell {
  /** Undefined: it worked. */
  readonly fault: string | undefined
}

const HEADS: Readonly<Record<Column, string>> = {
  low: 'low',
  medium: 'medium',
  known: 'medium, logged in within 30 days',
  high: 'high',
  critical: 'critical',
}

/** The page: versions as the programs say them, then what happened. */
export function renderMatrix(
  versions: readonly string[],
  logins: readonly LoginRow[],
  usages: readonly UsageRow[],
): string {
  const wrong = logins.filter(({ result }) => result.saw !== result.expected).length
  const failed = usages.filter(({ fault }) => fault !== undefined).length
  return [
    INTRODUCTION,
    ...versions.map((line) => `- ${line}`),
    '',
    `${logins.length} logins, ${wrong} other than the policy says; ${usages.length} uses of OpenSSH, ${failed} failed.`,
    ...MODES.flatMap((mode) => ['', `## Logins, ${mode} mode`, '', ...loginTable(mode, logins)]),
    ...usageTables(usages),
    '',
  ].join('\n')
}

const INTRODUCTION = `# SSH clients, modes and bands

Written by \`make matrix\` from logins of real programs through the gate, the routing API and sshd (\`npm run matrix\` where all is
installed); nothing here is written by hand. All connections have the same risk, 50; the listener's thresholds make the band of it.
The step-up server asks for a key and then, by keyboard-interactive, for one more proof.

- **in**: logged in, nothing was asked. **in: stamp**: by a sshd of its own, whose identification string the client signs.
- **in: cookie**, **in: puzzle**: the helper answered before the key exchange. **in: brake**: the server's KEXINIT was held back.
- **in: one more proof**: by the step-up server, the question answered. **refused: cannot be asked**: the client ends where its key
  was taken and more is wanted.
- **refused, says why**: its user reads the gate's sentence. **refused**: the program ends without showing it.
- ansible gives each connection ten seconds: fifty helpers that start and solve at once may need more on few or busy cores.

Programs:
`

function loginTable(mode: Mode, logins: readonly LoginRow[]): string[] {
  const rows = new Map<string, Map<Column, string>>()
  for (const { client, helper, mode: its, column, result } of logins) {
    if (its !== mode) continue
    const name = `${client.name} | ${helper?.name ?? 'none'}`
    const row = rows.get(name) ?? new Map<Column, string>()
    rows.set(name, row.set(column, cellText(result)))
  }
  return [
    `| client | helper | ${COLUMNS.map((column) => HEADS[column]).join(' | ')} |`,
    `|---|---|${COLUMNS.map(() => '---|').join('')}`,
    ...[...rows].map(
      ([name, row]) =>
        `| ${name} | ${COLUMNS.map((column) => row.get(column) ?? '').join(' | ')} |`,
    ),
  ]
}

function cellText({ saw, expected, toldWhy }: LoginResult): string {
  const text = saw === 'refused' && toldWhy ? 'refused, says why' : saw
  return saw === expected ? text : `**${text}** (expected: ${expected})`
}

function usageTables(usages: readonly UsageRow[]): string[] {
  const versions = [...new Set(usages.map(({ version }) => version.name))]
  return versions.flatMap((version) => [
    ...['', `## Uses of ${version}`, ''],
    ...usageTable(usages.filter((row) => row.version.name === version)),
  ])
}

function usageTable(usages: readonly UsageRow[]): string[] {
  const helpers = [...new Set(usages.map(({ helper }) => helper?.name))]
  const heads = USAGE_COLUMNS.flatMap(({ mode, column, aware }) =>
    helpers
      .filter((name) => (name !== undefined) === aware)
      .map((name) => headOf(mode, column, name)),
  )
  const rows = new Map<string, Map<string, string>>()
  for (const { usage, mode, column, helper, fault } of usages) {
    const row = rows.get(usage.name) ?? new Map<string, string>()
    const text =
      fault === undefined ? 'yes' : `**no**: ${fault.slice(0, 60).replace(/[|\n\r]/g, ' ')}`
    rows.set(usage.name, row.set(headOf(mode, column, helper?.name), text))
  }
  return [
    `| use | ${heads.join(' | ')} |`,
    `|---|${heads.map(() => '---|').join('')}`,
    ...[...rows].map(
      ([name, row]) => `| ${name} | ${heads.map((head) => row.get(head) ?? '–').join(' | ')} |`,
    ),
  ]
}

const USAGE_HEADS: Readonly<Record<Column, string>> = {
  low: 'low',
  medium: 'medium',
  known: 'medium (brake)',
  high: 'high (one more proof)',
  critical: 'critical',
}

function headOf(mode: Mode, column: Column, helper: string | undefined): string {
  if (helper !== undefined) return `${helper}, ${column}`
  return mode === 'spawn' ? `spawn, ${column}` : USAGE_HEADS[column]
}

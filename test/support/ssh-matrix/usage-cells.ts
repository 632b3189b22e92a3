import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BandedGate, type Mode } from './banded-gate.ts'
import { bandOf, type Column } from './login-cells.ts'
import { type MatrixHelper } from './matrix-helpers.ts'
import { MORE_USAGES, SPAWN_USAGES } from './more-usages.ts'
import { openPlace, type OpensshPrograms } from './openssh-place.ts'
import { USAGES, type Usage } from './usages.ts'

/** One use of OpenSSH through one listener. */
export interface UsageCell {
  readonly usage: Usage
  readonly version: OpensshVersion
  readonly helper: MatrixHelper | undefined
  readonly mode: Mode
  readonly column: Column
}

export interface OpensshVersion {
  readonly name: 'OpenSSH' | 'OpenSSH 10'
  readonly programs: OpensshPrograms
}

const NEWER = join(import.meta.dirname, '../../../.tools/openssh-10')

export function opensshVersions(): readonly OpensshVersion[] {
  const usual = { name: 'OpenSSH', programs: { ssh: 'ssh', scp: 'scp', sftp: 'sftp' } } as const
  if (!existsSync(join(NEWER, 'ssh'))) return [usual]
  const [ssh, scp, sftp] = ['ssh', 'scp', 'sftp'].map((name) => join(NEWER, name))
  return [usual, { name: 'OpenSSH 10', programs: { ssh, scp, sftp } as OpensshPrograms }]
}

/** The listeners that uses are tried through, by what they do to the connection. */
export const USAGE_COLUMNS: readonly {
  readonly mode: Mode
  readonly column: Column
  readonly aware: boolean
}[] = [
  { mode: 'proxy', column: 'low', aware: false },
  { mode: 'spawn', column: 'low', aware: false },
  { mode: 'proxy', column: 'known', aware: false },
  { mode: 'proxy', column: 'high', aware: false },
  { mode: 'proxy', column: 'low', aware: true },
  { mode: 'proxy', column: 'medium', aware: true },
  { mode: 'proxy', column: 'high', aware: true },
]

export function usageCells(
  versions: readonly OpensshVersion[],
  helpers: readonly MatrixHelper[],
): readonly UsageCell[] {
  return versions.flatMap((version) =>
    USAGE_COLUMNS.flatMap(({ mode, column, aware }) =>
      (aware ? helpers : [undefined]).flatMap((helper) =>
        usagesFor(mode, column, aware).map((usage) => ({ usage, version, helper, mode, column })),
      ),
    ),
  )
}

function usagesFor(mode: Mode, column: Column, aware: boolean): readonly Usage[] {
  const usual = [...USAGES, ...MORE_USAGES]
  if (mode === 'spawn') return [...usual, ...SPAWN_USAGES]
  return column === 'high' && !aware ? usual.filter(({ unasked }) => unasked !== true) : usual
}

/** Undefined when it worked, else what went wrong. */
export async function runUsage(
  { usage, version, helper, mode, column }: UsageCell,
  banded: BandedGate,
  folder: string,
): Promise<string | undefined> {
  banded.known(column === 'known')
  const { programs } = version
  const place = openPlace(folder, {
    ...{ programs, banded, mode, band: bandOf(column), helper: helper?.command },
  })
  try {
    await usage.run(place)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

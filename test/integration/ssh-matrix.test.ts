import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { hasGo } from '../support/go.ts'
import { hasPrograms, temporaryFolder } from '../support/programs.ts'
import { startBandedGate, type BandedGate } from '../support/ssh-matrix/banded-gate.ts'
import { makeKeys, sshClients, type ClientKeys } from '../support/ssh-matrix/clients.ts'
import { loginCells, runLogin, type LoginCell } from '../support/ssh-matrix/login-cells.ts'
import { matrixHelpers, type MatrixHelper } from '../support/ssh-matrix/matrix-helpers.ts'
import {
  opensshVersions,
  runUsage,
  usageCells,
  type UsageCell,
} from '../support/ssh-matrix/usage-cells.ts'

// The whole of it is `make matrix`, and test/soak/ssh-matrix.test.ts.

const present =
  hasPrograms('ssh', 'sshd', 'dbclient', 'dropbearconvert', 'plink', 'puttygen', 'rsync', 'git') &&
  hasGo()
const LIMIT_MS = 60_000
const folder = temporaryFolder('matrix')

let banded: BandedGate
let keys: ClientKeys

beforeAll(async () => {
  if (!present) return
  banded = await startBandedGate()
  keys = await makeKeys(folder.path, banded.sshd)
}, LIMIT_MS)

afterAll(async () => {
  if (present) await banded.stop()
  folder.remove()
}, LIMIT_MS)

const helpers = present ? matrixHelpers(folder.path) : []

/** Of the logins those whose ways through the gate differ. */
function isTried({ client, helper, mode, column }: LoginCell): boolean {
  if (mode === 'spawn') return column === 'low' && helper === undefined
  if (column === 'known') return ['OpenSSH', 'dropbear'].includes(client.name)
  if (helper === undefined) return column !== 'high'
  return client.name === 'OpenSSH' || (helper.name === 'Go' && column === 'medium')
}

describe('every SSH client meets what the policy says of its band', () => {
  const cells = present ? loginCells(sshClients(), helpers).filter(isTried) : []
  test.each(cells.map((cell) => ({ cell, name: nameOf(cell) })))(
    '$name',
    async ({ cell }) => {
      const { saw, expected, ran } = await runLogin(cell, banded, keys)
      expect([saw, ran.stderr]).toEqual([expected, ran.stderr])
    },
    LIMIT_MS,
  )
})

const SLOW = ['ansible, 50 forks', 'rekeying', 'AES-GCM', 'scp, old protocol', 'terminal']

/** Of the uses all once through the gate, and those that differ by helper, version and mode. */
function isUsed({ usage, version, helper, mode, column }: UsageCell): boolean {
  if (SLOW.includes(usage.name)) return false
  if (version.name === 'OpenSSH' && helper === undefined && mode === 'proxy')
    return column === 'low' || (column === 'high' && ['scp', 'sftp'].includes(usage.name))
  if (version.name === 'OpenSSH' && mode === 'spawn') return usage.name === 'last tells the truth'
  return helper?.name === 'Go' && column === 'medium' && ['scp', 'rsync'].includes(usage.name)
}

describe('what people do with OpenSSH goes on as ever', () => {
  const cells = present ? usageCells(opensshVersions(), helpers).filter(isUsed) : []
  test.each(cells.map((cell) => ({ cell, name: `${cell.usage.name}: ${placeOf(cell)}` })))(
    '$name',
    async ({ cell }) => {
      expect(await runUsage(cell, banded, folder.path)).toBeUndefined()
    },
    LIMIT_MS,
  )
})

function nameOf(cell: LoginCell): string {
  return `${cell.client.name}: ${placeOf(cell)}`
}

function placeOf({
  helper,
  mode,
  column,
}: {
  helper: MatrixHelper | undefined
  mode: string
  column: string
}): string {
  return `${column}, ${mode} mode, ${helper === undefined ? 'no helper' : `helper in ${helper.name}`}`
}

import { expect } from '@jest/globals'
import { temporaryFolder } from '../support/programs.ts'
import { startBandedGate } from '../support/ssh-matrix/banded-gate.ts'
import { makeKeys, sshClients } from '../support/ssh-matrix/clients.ts'
import { loginCells, runLogin } from '../support/ssh-matrix/login-cells.ts'
import { matrixHelpers } from '../support/ssh-matrix/matrix-helpers.ts'
import { opensshVersions, runUsage, usageCells } from '../support/ssh-matrix/usage-cells.ts'
import { soak } from './soak.ts'

soak(
  'every client, in every mode and band, with and without a helper, meets what the policy says',
  async () => {
    const folder = temporaryFolder('matrix')
    const banded = await startBandedGate()
    const helpers = matrixHelpers(folder.path)
    const wrong: string[] = []
    try {
      const keys = await makeKeys(folder.path, banded.sshd)
      for (const cell of loginCells(sshClients(), helpers)) {
        const { saw, expected, ran } = await runLogin(cell, banded, keys)
        const where = `${cell.client.name} ${cell.helper?.name ?? ''} ${cell.mode} ${cell.column}`
        if (saw !== expected) wrong.push(`${where}: ${saw}, not ${expected}: ${ran.stderr}`)
      }
      for (const cell of usageCells(opensshVersions(), helpers)) {
        const fault = await runUsage(cell, banded, folder.path)
        const where = `${cell.version.name} ${cell.helper?.name ?? ''} ${cell.mode} ${cell.column}`
        if (fault !== undefined) wrong.push(`${where} ${cell.usage.name}: ${fault}`)
      }
    } finally {
      await banded.stop()
      folder.remove()
    }
    expect(wrong).toEqual([])
  },
  60 * 60_000,
)

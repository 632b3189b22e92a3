import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { temporaryFolder } from '../test/support/programs.ts'
import { run } from '../test/support/run.ts'
import { startBandedGate } from '../test/support/ssh-matrix/banded-gate.ts'
import { makeKeys, sshClients } from '../test/support/ssh-matrix/clients.ts'
import { loginCells, runLogin } from '../test/support/ssh-matrix/login-cells.ts'
import { matrixHelpers } from '../test/support/ssh-matrix/matrix-helpers.ts'
import { opensshVersions, runUsage, usageCells } from '../test/support/ssh-matrix/usage-cells.ts'
import { renderMatrix, type LoginRow, type UsageRow } from './matrix/render.ts'

const PAGE = join(import.meta.dirname, '../docs/ssh-matrix.md')

const folder = temporaryFolder('matrix')
const banded = await startBandedGate()
const clients = sshClients()
const helpers = matrixHelpers(folder.path)
const keys = await makeKeys(folder.path, banded.sshd)

const logins: LoginRow[] = []
for (const cell of loginCells(clients, helpers)) {
  const result = await runLogin(cell, banded, keys)
  logins.push({ ...cell, result })
  const wrong =
    result.saw === result.expected ? '' : ` EXPECTED ${result.expected} ${result.ran.stderr}`
  say(
    `${cell.client.name}, ${cell.helper?.name ?? 'none'}, ${cell.mode}, ${cell.column}: ${result.saw}${wrong}`,
  )
}
const usages: UsageRow[] = []
for (const cell of usageCells(opensshVersions(), helpers)) {
  const fault = await runUsage(cell, banded, folder.path)
  usages.push({ ...cell, fault })
  const { version, usage, helper, mode, column } = cell
  say(
    `${version.name}, ${usage.name}, ${helper?.name ?? 'none'}, ${mode}, ${column}: ${fault ?? 'yes'}`,
  )
}

const versions = await Promise.all(
  clients.map(async (client) => `${client.name}: ${await client.version()}`),
)
versions.push(`sshd: ${/OpenSSH\S+ \S+/.exec((await run('ssh', ['-V'])).stderr)?.[0] ?? ''}`)
const text = renderMatrix(
  versions.map((line) => line.replace(/,$/, '')),
  logins,
  usages,
)
writeFileSync(PAGE, await format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE }))
await banded.stop()
folder.remove()
const bad =
  logins.filter(({ result }) => result.saw !== result.expected).length +
  usages.filter(({ fault }) => fault !== undefined).length
process.exit(bad === 0 ? 0 : 1)

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

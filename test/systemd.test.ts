import { expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { COMMANDS } from '../cli/commands.ts'
import { findProgram, temporaryFolder } from './support/programs.ts'

const ROOT = join(import.meta.dirname, '..')
const UNITS = globSync('docs/systemd/*.service', { cwd: ROOT })

test.each(UNITS)('%s starts a command that is there, unprivileged and confined', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const command = /^ExecStart=\/opt\/vestibule\/bin\/vestibule (\S+)/m.exec(text)?.[1]
  const names = COMMANDS.map(({ name }) => name)
  if (command !== '%i') expect(names).toContain(command)
  for (const line of ['User=vestibule', 'NoNewPrivileges=yes', 'ProtectSystem=strict']) {
    expect(text).toContain(`\n${line}\n`)
  }
})

test('the gate of a stopped service keeps the sessions it has', () => {
  const text = readFileSync(join(ROOT, 'docs/systemd/vestibule-gate-ssh.service'), 'utf8')
  expect(text).toMatch(/^KillMode=process$/m)
  expect(text).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m)
})

const analyze = findProgram('systemd-analyze')
const verify = analyze === undefined ? test.skip.each(UNITS) : test.each(UNITS)

verify('systemd finds nothing wrong with %s', (file) => {
  const folder = temporaryFolder('units')
  // A unit must name programs that exist, and this machine has nothing below /opt.
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll('/opt/vestibule', ROOT)
  const path = join(folder.path, basename(file).replace('@.', '@serve.'))
  writeFileSync(path, text)
  try {
    const said = execFileSync(analyze ?? '', ['verify', path], { encoding: 'utf8', stdio: 'pipe' })
    expect(said).toBe('')
  } finally {
    folder.remove()
  }
})

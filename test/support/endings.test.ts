import { expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './programs.ts'

const ROOT = join(import.meta.dirname, '../..')

test('a file whose beforeAll fails after it started a process is reported failed, ends, and leaves no process', () => {
  const folder = temporaryFolder('endings')
  const pidFile = join(folder.path, 'pid')
  const jest = spawnSync(
    process.execPath,
    [
      ...['--experimental-vm-modules', join(ROOT, 'node_modules/jest/bin/jest.js'), '--runInBand'],
      ...['--silent', '--testMatch', '<rootDir>/test/support/broken/start-fails.ts'],
    ],
    {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, NODE_OPTIONS: '', PID_FILE: pidFile },
    },
  )
  const pid = Number(readFileSync(pidFile, 'utf8'))
  folder.remove()
  expect({ status: jest.status, signal: jest.signal }).toEqual({ status: 1, signal: null })
  expect(jest.stderr).toContain('the start failed half way')
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
}, 40_000)

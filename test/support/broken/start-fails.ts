/** Not a test of the suite: what test/support/endings.test.ts runs to see a file end whose start failed. */
import { beforeAll, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { ending } from '../endings.ts'

beforeAll(() => {
  const child = ending(spawn('sleep', ['600'], { stdio: ['ignore', 'pipe', 'ignore'] }))
  writeFileSync(process.env['PID_FILE'] ?? '', String(child.pid))
  throw new Error('the start failed half way')
})

test('is never run', () => undefined)

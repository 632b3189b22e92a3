import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startApiProcess, type ApiProcess } from '../support/api-process.ts'
import { run } from '../support/run.ts'

const README = join(import.meta.dirname, '../../gates/README.md')

let api: ApiProcess
beforeAll(async () => {
  api = await startApiProcess()
}, 60_000)
afterAll(async () => {
  await api.stop()
}, 30_000)

/** The line of gates/README.md, at this port and with patience for a busy machine. */
function line(port: number): string {
  const found = /^curl .*$/m.exec(readFileSync(README, 'utf8'))?.[0]
  if (found === undefined) throw new Error('no line begins with curl')
  return found.replace('127.0.0.1:8787', `127.0.0.1:${port}`).replace('-m 0.05', '-m 5')
}

test('the line of the manual gets a decision, and the default where no API is', async () => {
  const answer = await run('sh', ['-c', line(api.config.apiPort)])
  expect(JSON.parse(answer.stdout)).toMatchObject({ pool: 'primary', fault: null })
  const none = await run('sh', ['-c', line(1)])
  expect(JSON.parse(none.stdout)).toEqual({ pool: 'primary' })
})

import { expect, test } from '@jest/globals'
import { join } from 'node:path'
import { run } from '../support/run.ts'

const ROOT = join(import.meta.dirname, '../..')

test('a reader that has had enough ends a command without a stack trace', async () => {
  const { stderr } = await run('sh', ['-c', 'bin/vestibule doctor --data /nowhere | true'], {
    cwd: ROOT,
    env: { VESTIBULE_API_PORT: '1', VESTIBULE_CLICKHOUSE_URL: 'http://127.0.0.1:1' },
  })
  expect(stderr).toBe('')
})

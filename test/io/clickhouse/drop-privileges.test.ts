import { afterEach, describe, expect, test } from '@jest/globals'
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PASSWORD, startServer, type RunningServer } from './server-process.ts'

const asRoot = process.getuid?.() === 0 ? test : test.skip
let running: RunningServer | undefined

afterEach(async () => {
  await running?.stop()
  running = undefined
})

async function ask(server: RunningServer, query: string): Promise<string> {
  const answer = await fetch(`${server.url}/`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': 'vestibule', 'X-ClickHouse-Key': PASSWORD },
    body: query,
  })
  return answer.text()
}

function userOf({ child }: RunningServer): string | undefined {
  const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8')
  return /^Uid:\t(.*)$/m.exec(status)?.[1]
}

test('the embedded ClickHouse is the first to go when memory runs out', async () => {
  running = await startServer()
  const score = readFileSync(`/proc/${running.child.pid ?? 0}/oom_score_adj`, 'utf8')
  expect(score).toBe('500\n')
}, 30_000)

describe('the embedded ClickHouse, started as root', () => {
  asRoot(
    'is nobody once it runs, and even its writer sees no file of others',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vestibule-clickhouse-'))
      chmodSync(folder, 0o711)
      writeFileSync(join(folder, 'private'), 'another service', { mode: 0o600 })
      const server = await startServer(folder)
      running = server
      expect(userOf(server)).toBe('65534\t65534\t65534\t65534')
      for (const file of [join(folder, 'private'), '/etc/shadow']) {
        expect(await ask(server, `SELECT * FROM file('${file}', 'LineAsString')`)).toMatch(
          /Permission denied/,
        )
      }
      await ask(server, 'CREATE TABLE vestibule.t (a UInt8) ORDER BY a')
      await ask(server, 'INSERT INTO vestibule.t VALUES (7)')
      await server.stop('SIGKILL')
      running = await startServer(folder)
      expect(await ask(running, 'SELECT a FROM vestibule.t')).toBe('7\n')
    },
    30_000,
  )

  asRoot(
    'stays what it is where nobody may not enter its folder',
    async () => {
      running = await startServer()
      expect(userOf(running)).toBe('0\t0\t0\t0')
      expect(await ask(running, 'SELECT 1')).toBe('1\n')
    },
    30_000,
  )
})

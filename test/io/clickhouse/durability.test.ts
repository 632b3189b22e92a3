import { afterEach, describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { PASSWORD, startServer, type RunningServer } from './server-process.ts'

let running: RunningServer | undefined

afterEach(async () => {
  await running?.stop()
  running = undefined
})

async function ask(server: RunningServer, query: string, body?: Buffer): Promise<Response> {
  return fetch(`${server.url}/?query=${encodeURIComponent(query)}`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': 'vestibule', 'X-ClickHouse-Key': PASSWORD },
    ...(body === undefined ? {} : { body }),
  })
}

const textOf = async (server: RunningServer, query: string): Promise<string> =>
  (await ask(server, query)).text()

describe('kill -9', () => {
  test('loses no acknowledged row, and none is there by half', async () => {
    const first = await startServer()
    running = first
    await textOf(
      first,
      'CREATE TABLE vestibule.acked (batch UInt32, row UInt32) ORDER BY (batch, row)',
    )
    let acknowledged = 0
    let sent = 0
    let dead = false
    const lane = async (): Promise<void> => {
      while (!dead) {
        const batch = (sent += 1)
        const rows = Buffer.alloc(500 * 8)
        for (let row = 0; row < 500; row += 1) {
          rows.writeUInt32LE(batch, row * 8)
          rows.writeUInt32LE(row, row * 8 + 4)
        }
        const answer = await ask(first, 'INSERT INTO vestibule.acked FORMAT RowBinary', rows).catch(
          () => undefined,
        )
        if (answer?.ok !== true) return
        await answer.text()
        acknowledged += 1
        if (acknowledged === 60) {
          dead = true
          first.child.kill('SIGKILL')
        }
      }
    }
    await Promise.all([lane(), lane(), lane()])
    await first.stop('SIGKILL')
    const second = await startServer(first.dataDir)
    running = second
    const spooled = readdirSync(join(first.dataDir, 'clickhouse-spool'))
    // The pipes of answers are there again; no body is.
    expect(spooled.filter((name) => !name.startsWith('answer-'))).toEqual([])
    const [complete, partial] = (
      await textOf(
        second,
        'SELECT countIf(n = 500), countIf(n != 500) FROM (SELECT batch, uniqExact(row) AS n FROM vestibule.acked GROUP BY batch)',
      )
    )
      .trim()
      .split('\t')
      .map(Number)
    expect(partial).toBe(0)
    expect(complete).toBeGreaterThanOrEqual(acknowledged)
    expect(complete).toBeLessThanOrEqual(sent)
  }, 60_000)

  test('a data folder has one server; the second says so and ends', async () => {
    running = await startServer()
    await expect(startServer(running.dataDir)).rejects.toThrow('the server ended with 1')
    expect(await textOf(running, 'SELECT 1')).toBe('1\n')
  }, 30_000)
})

describe('ending', () => {
  test('waits for what is answered soon, and is over in three seconds under a long query', async () => {
    const server = await startServer()
    running = server
    const short = textOf(server, 'SELECT sleep(0.3)')
    const long = ask(server, 'SELECT count() FROM numbers(1e13)').catch(() => undefined)
    await eventually(
      'more than one query runs',
      async () => (await textOf(server, 'SELECT count() FROM system.processes')) !== '1\n',
    )
    const started = performance.now()
    await server.stop()
    running = undefined
    expect(performance.now() - started).toBeLessThan(6000)
    expect(await short).toBe('0\n')
    await long
  }, 30_000)
})

function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-small-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
}

const disk = smallDisk()
const onSmallDisk = disk === undefined ? test.skip : test

describe('a full disk', () => {
  onSmallDisk(
    'refuses inserts with 243, still answers, and takes rows again when there is room',
    async () => {
      const folder = disk ?? ''
      const data = join(folder, 'data')
      mkdirSync(data)
      const server = await startServer(data)
      try {
        await textOf(server, 'CREATE TABLE vestibule.t (s String) ORDER BY tuple()')
        await ask(server, 'INSERT INTO vestibule.t FORMAT TSV', Buffer.from('before\n'))
        try {
          writeFileSync(join(folder, 'ballast'), Buffer.alloc(200 * 1024 * 1024))
        } catch {
          // It is full now.
        }
        const refused = await ask(
          server,
          'INSERT INTO vestibule.t FORMAT TSV',
          Buffer.alloc(1 << 20, 'x'),
        )
        expect(refused.headers.get('x-clickhouse-exception-code')).toBe('243')
        expect(await textOf(server, 'SELECT count() FROM vestibule.t')).toBe('1\n')
        rmSync(join(folder, 'ballast'), { force: true })
        const taken = await ask(
          server,
          'INSERT INTO vestibule.t FORMAT TSV',
          Buffer.from('after\n'),
        )
        expect(await taken.text()).toBe('')
        expect(await textOf(server, 'SELECT count() FROM vestibule.t')).toBe('2\n')
      } finally {
        await server.stop()
        execFileSync('umount', [folder])
        rmSync(folder, { recursive: true, force: true })
      }
    },
    60_000,
  )
})

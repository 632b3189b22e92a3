import { beforeAll, describe, expect, test } from '@jest/globals'
import { readFileSync, writeFileSync } from 'node:fs'
import { startServer, type RunningServer } from './server-process.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
  await read('SELECT 1')
}, 30_000)

async function read(sql: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(server.url, { method: 'POST', body: sql })
  return { status: answer.status, text: (await answer.text()).slice(0, 300) }
}

/** Megabytes of the server's memory: now, and at most since the last call. */
function resident(): { readonly now: number; readonly most: number } {
  const proc = `/proc/${server.child.pid ?? 0}`
  const status = readFileSync(`${proc}/status`, 'utf8')
  const of = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1000
  // Begins to measure the peak anew (proc(5)).
  writeFileSync(`${proc}/clear_refs`, '5')
  return { now: of('VmRSS'), most: of('VmHWM') }
}

const WIDE = "SELECT repeat('x', 1000) FROM numbers(1000000)"
/** What readers, one query after the other, may add to a server that has only just started, in megabytes. */
const MOST = 1_000

describe('a query of the read role that wants memory gets an error and not the memory', () => {
  let fresh = 0
  beforeAll(() => {
    fresh = resident().now
  })

  test.each([
    ...['TSV', 'JSONEachRow'].map((format) => `${WIDE} FORMAT ${format}`),
    'SELECT randomPrintableASCII(1000) FROM numbers(1000000) FORMAT Parquet',
    "SELECT repeat('x', 100000) FROM numbers(1000000) FORMAT PrettyCompactMonoBlock",
    "SELECT repeat('x', 1000000) FROM numbers(1000000)",
    'SELECT range(100000000)',
    'SELECT groupArray(toString(number)) FROM numbers(100000000)',
    "SELECT arrayStringConcat(arrayMap(x -> repeat('a', 1000), range(1000000)))",
    "SELECT number, repeat('k', 200) FROM numbers(10000000) ORDER BY rand()",
    'SELECT toString(number) AS k, count() FROM numbers(20000000) GROUP BY k',
    'SELECT * FROM numbers(20000000) AS a JOIN numbers(20000000) AS b USING number',
    "SELECT arrayJoin(range(1000000)), repeat('x', 10000)",
  ])(
    '%s',
    async (sql) => {
      const { status, text } = await read(sql)
      expect(text).toMatch(/^Code: (?:241|396)\. DB::Exception: /)
      expect(status).toBe(500)
      const { most } = resident()
      expect(most - fresh).toBeLessThan(MOST)
    },
    60_000,
  )

  test.each(['JSONColumns', 'JSONCompactColumns', 'JSONColumnsWithMetadata'])(
    'a format that is made up whole: %s',
    async (format) => {
      const { status, text } = await read(`SELECT 1 FORMAT ${format}`)
      expect([status, text.slice(0, 9)]).toEqual([400, 'Code: 73.'])
    },
  )

  test('Parquet that shrinks to little is answered, a small group of rows after the other', async () => {
    const { status, text } = await read(`${WIDE} FORMAT Parquet`)
    expect([status, text.slice(0, 4)]).toEqual([200, 'PAR1'])
    expect(resident().most - fresh).toBeLessThan(MOST)
  }, 60_000)

  test('and the server answers on, long answers too', async () => {
    const rows = 300_000
    const answer = await fetch(server.url, {
      method: 'POST',
      body: `SELECT number, repeat('x', 150) FROM numbers(${rows}) FORMAT JSONEachRow`,
    })
    const text = await answer.text()
    expect(text.split('\n')).toHaveLength(rows + 1)
    expect(text.endsWith('x"}\n')).toBe(true)
  }, 60_000)

  test('what the error says does not tell where answers go', async () => {
    const { text } = await read('SELECT throwIf(number = 5) FROM numbers(10)')
    expect(text).toMatch(/^Code: 395\./)
    expect(text).not.toContain('OUTFILE')
    expect(text).not.toContain('clickhouse-spool')
  })
})

import { beforeAll, describe, expect, test } from '@jest/globals'
import { ClickHouseError } from '@clickhouse/client'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import { eventually } from '../../support/eventually.ts'
import { PASSWORD, startServer, type RunningServer } from './server-process.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
}, 30_000)

/** One query as the writer, without any client library. */
async function ask(query: string, search = '', body?: Buffer, headers = {}): Promise<Response> {
  return fetch(`${server.url}/?query=${encodeURIComponent(query)}${search}`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': 'vestibule', 'X-ClickHouse-Key': PASSWORD, ...headers },
    ...(body === undefined ? {} : { body }),
  })
}

const textOf = async (query: string, search = ''): Promise<string> =>
  (await ask(query, search)).text()

async function rowsOf(query: string): Promise<unknown[]> {
  const result = await server.writer().query({ query, format: 'JSONEachRow' })
  return result.json()
}

describe('@clickhouse/client, unmodified', () => {
  test('pings, makes a table, inserts and reads back', async () => {
    const client = server.writer()
    expect(await client.ping()).toEqual({ success: true })
    await client.command({ query: 'CREATE TABLE vestibule.first (a UInt64, s String) ORDER BY a' })
    await client.insert({
      table: 'vestibule.first',
      values: [
        { a: '18446744073709551615', s: 'it\'s "quoted"' },
        { a: 1, s: 'line\nbreak\ttab \\ ü' },
      ],
      format: 'JSONEachRow',
    })
    const result = await client.query({
      query: 'SELECT * FROM vestibule.first ORDER BY a',
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    })
    expect(await result.json()).toEqual([
      { a: '1', s: 'line\nbreak\ttab \\ ü' },
      { a: '18446744073709551615', s: 'it\'s "quoted"' },
    ])
  })

  test('tells of the rows it wrote', async () => {
    const client = server.writer()
    await client.command({ query: 'CREATE TABLE vestibule.counted (a UInt64) ORDER BY a' })
    const { summary } = await client.insert({
      table: 'vestibule.counted',
      values: [{ a: 1 }, { a: 2 }, { a: 3 }],
      format: 'JSONEachRow',
    })
    expect(summary?.written_rows).toBe('3')
  })

  test('streams rows in', async () => {
    const client = server.writer()
    await client.command({ query: 'CREATE TABLE vestibule.streamed (a UInt64) ORDER BY a' })
    await client.insert({
      table: 'vestibule.streamed',
      values: Readable.from(
        (function* () {
          for (let a = 0; a < 5000; a += 1) yield { a }
        })(),
      ),
      format: 'JSONEachRow',
    })
    expect(await textOf('SELECT count(), sum(a) FROM vestibule.streamed')).toBe('5000\t12497500\n')
  })

  test('gets typed errors', async () => {
    const failure = server.writer().query({ query: 'SELECT * FROM vestibule.nowhere' })
    await expect(failure).rejects.toBeInstanceOf(ClickHouseError)
    await expect(failure).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' })
  })

  test('speaks gzip both ways', async () => {
    const { createClient } = await import('@clickhouse/client')
    const client = createClient({
      url: server.url,
      username: 'vestibule',
      password: PASSWORD,
      compression: { request: true, response: true },
    })
    await client.command({ query: 'CREATE TABLE vestibule.packed (s String) ORDER BY s' })
    await client.insert({
      table: 'vestibule.packed',
      values: [{ s: 'x'.repeat(100_000) }],
      format: 'JSONEachRow',
    })
    const result = await client.query({
      query: 'SELECT s FROM vestibule.packed',
      format: 'JSONEachRow',
    })
    expect(await result.json()).toEqual([{ s: 'x'.repeat(100_000) }])
    await client.close()
  })
})

describe('parameters', () => {
  test.each([
    ['a quote', "it's"],
    ['backslashes', 'C:\\dir\\new\\'],
    ['a line break and a tab', 'one\ntwo\tthree\r'],
    ['SQL', "'; DROP TABLE vestibule.first; --"],
    ['nothing', ''],
    ['text of the world', 'naïve 日本 🦀'],
  ])('carry %s unchanged', async (_what, s) => {
    const result = await server.writer().query({
      query: 'SELECT {s:String} AS s',
      query_params: { s },
      format: 'JSONEachRow',
    })
    expect(await result.json()).toEqual([{ s }])
  })

  test('carry arrays, maps, nulls and names', async () => {
    const result = await server.writer().query({
      query:
        'SELECT {list:Array(String)} AS list, {map:Map(String, UInt8)} AS map, {none:Nullable(String)} AS none, name FROM {db:Identifier}.{table:Identifier} WHERE name = {name:String}',
      query_params: {
        list: ["it's", 'a\\b', 'c\nd'],
        map: { k: 1 },
        none: null,
        db: 'system',
        table: 'databases',
        name: 'vestibule',
      },
      format: 'JSONEachRow',
    })
    expect(await result.json()).toEqual([
      { list: ["it's", 'a\\b', 'c\nd'], map: { k: 1 }, none: null, name: 'vestibule' },
    ])
  })

  test('do not stay for the next query', async () => {
    expect(await textOf('SELECT {x:UInt8}', '&param_x=7')).toBe('7\n')
    expect(await textOf('SELECT {x:UInt8}')).toMatch(
      /^Code: 456\. .*\(UNKNOWN_QUERY_PARAMETER\)\n$/s,
    )
  })
})

describe('settings', () => {
  test('hold for one query and no other, whatever connection it runs on', async () => {
    const asked = "SELECT value FROM system.settings WHERE name = 'max_block_size'"
    const before = await textOf(asked)
    const changed = await Promise.all(
      Array.from({ length: 6 }, (_, at) => textOf(asked, `&max_block_size=${1000 + at}`)),
    )
    expect(changed).toEqual(['1000\n', '1001\n', '1002\n', '1003\n', '1004\n', '1005\n'])
    await textOf('SET max_block_size = 77')
    const after = await Promise.all(Array.from({ length: 12 }, () => textOf(asked)))
    expect(new Set(after)).toEqual(new Set([before]))
  })

  test('a deduplication token silences its own repetition only', async () => {
    await textOf(
      'CREATE TABLE vestibule.tokens (a UInt8) ORDER BY a SETTINGS non_replicated_deduplication_window = 100',
    )
    const insert = (a: number, search: string): Promise<string> =>
      textOf(`INSERT INTO vestibule.tokens VALUES (${a})`, search)
    await insert(1, '&insert_deduplication_token=first')
    await insert(1, '&insert_deduplication_token=first')
    await insert(2, '')
    await insert(3, '&insert_deduplication_token=second')
    expect(await rowsOf('SELECT a FROM vestibule.tokens ORDER BY a')).toEqual([
      { a: 1 },
      { a: 2 },
      { a: 3 },
    ])
  })

  test('an unknown one is an error', async () => {
    const answer = await ask('SELECT 1', '&no_such_setting=1')
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([400, '115'])
  })
})

describe('queries side by side', () => {
  test('four half seconds take less than one and a half', async () => {
    const start = performance.now()
    await Promise.all(Array.from({ length: 4 }, () => textOf('SELECT sleep(0.5)')))
    expect(performance.now() - start).toBeLessThan(1500)
  })

  test('max_execution_time stops a query', async () => {
    const answer = await ask('SELECT count() FROM numbers(1e13)', '&max_execution_time=1')
    expect(answer.status).toBe(408)
    expect(await answer.text()).toMatch(/^Code: 159\. .*\(TIMEOUT_EXCEEDED\)\n$/s)
  })

  test('a client that goes away takes its query along', async () => {
    const running =
      "SELECT count() FROM system.processes WHERE query LIKE '%987654321%' AND query NOT LIKE '%processes%'"
    const gone = new AbortController()
    const asked = fetch(`${server.url}/`, {
      method: 'POST',
      body: 'SELECT count() FROM numbers(9876543210000)',
      headers: { 'X-ClickHouse-User': 'vestibule', 'X-ClickHouse-Key': PASSWORD },
      signal: gone.signal,
    }).catch(() => undefined)
    await eventually('the query runs', async () => (await textOf(running)) === '1\n')
    gone.abort()
    await asked
    await eventually('the query is gone', async () => (await textOf(running)) === '0\n')
  }, 30_000)

  test('no answer is larger than the bound, a writer’s neither, and what is inserted is not an answer', async () => {
    const large = "SELECT repeat('x', 1000) || toString(number) FROM numbers(100000)"
    const codeOf = async (query: string, search = ''): Promise<string | null> => {
      const answer = await ask(query, search)
      await answer.text()
      return answer.headers.get('x-clickhouse-exception-code')
    }
    expect(await codeOf(large)).toBe('396')
    expect(await codeOf('SELECT 1 FROM numbers(2000000)')).toBe('396')
    expect(await codeOf(large, '&max_result_bytes=1000')).toBe('396')
    expect(await codeOf(large, '&max_result_bytes=0')).toBe('452')
    expect(await codeOf(`${large} SETTINGS max_result_bytes = 0`)).toBe('452')
    expect(await codeOf(`${large} SETTINGS max_result_bytes = 1000000000`)).toBe('452')
    await textOf('CREATE TABLE vestibule.large (s String) ORDER BY tuple()')
    expect(await textOf(`INSERT INTO vestibule.large ${large}`)).toBe('')
    expect(await textOf('SELECT count() FROM vestibule.large')).toBe('100000\n')
  })
})

describe('formats', () => {
  const BYTES = '(a UInt64, s String, f FixedString(4)) ORDER BY a'
  const SOURCE =
    "SELECT number AS a, unhex('00FF0A27C328') || toString(number) AS s, toFixedString(unhex('F8000A80'), 4) AS f FROM numbers(1000)"
  const SUM = 'SELECT count(), sum(cityHash64(a, s, f)), min(hex(f)), min(hex(s))'

  test.each(['RowBinary', 'Native', 'Avro', 'Parquet', 'ArrowStream', 'MsgPack', 'TSV', 'Values'])(
    '%s goes in and out byte for byte',
    async (format) => {
      const table = `vestibule.bytes_${format.toLowerCase()}`
      await textOf(`CREATE TABLE ${table} ${BYTES}`)
      const answer = await ask(`${SOURCE} FORMAT ${format}`)
      const body = Buffer.from(await answer.arrayBuffer())
      const inserted = await ask(`INSERT INTO ${table} FORMAT ${format}`, '', body)
      expect([inserted.status, await inserted.text()]).toEqual([200, ''])
      expect(await textOf(`${SUM} FROM ${table}`)).toBe(await textOf(`${SUM} FROM (${SOURCE})`))
      expect(answer.headers.get('x-clickhouse-format')).toBe(format)
    },
  )

  test('statement and rows may share the body, packed', async () => {
    await textOf(`CREATE TABLE vestibule.onebody ${BYTES}`)
    const rows = Buffer.from(await (await ask(`${SOURCE} FORMAT RowBinary`)).arrayBuffer())
    const body = Buffer.concat([
      Buffer.from(
        'INSERT INTO vestibule.onebody (a, s, f) SETTINGS max_threads = 1 FORMAT RowBinary\n',
      ),
      rows,
    ])
    await fetch(server.url, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`vestibule:${PASSWORD}`).toString('base64')}`,
        'Content-Encoding': 'gzip',
      },
      body: gzipSync(body),
    })
    expect(await textOf(`${SUM} FROM vestibule.onebody`)).toBe(
      await textOf(`${SUM} FROM (${SOURCE})`),
    )
  })

  test('rows that break off are none', async () => {
    await textOf('CREATE TABLE vestibule.cut (s String) ORDER BY s')
    const packed = gzipSync(Buffer.from(`${randomBytes(50_000).toString('hex')}\n`.repeat(3)))
    const answer = await ask(
      'INSERT INTO vestibule.cut FORMAT TSV',
      '',
      packed.subarray(0, 40_000),
      {
        'Content-Encoding': 'gzip',
      },
    )
    expect(answer.status).not.toBe(200)
    expect(await textOf('SELECT count() FROM vestibule.cut')).toBe('0\n')
  })

  test('an answer is packed when asked', () => {
    const raw = execFileSync('curl', [
      '-s',
      '-H',
      'Accept-Encoding: gzip',
      `${server.url}/?query=SELECT+1&enable_http_compression=1`,
    ])
    expect(gunzipSync(raw).toString()).toBe('1\n')
  })
})

describe('curl', () => {
  const curl = (...options: string[]): string =>
    execFileSync('curl', ['-s', ...options], { encoding: 'utf8' })

  test('asks without a password on this machine', () => {
    expect(curl(`${server.url}/?query=SELECT%201%2B1`)).toBe('2\n')
    expect(curl(server.url)).toBe('Ok.\n')
    expect(curl(`${server.url}/ping`)).toBe('Ok.\n')
  })

  test('names itself by basic authentication, header or address', () => {
    const query = "SELECT file('/etc/hostname') != ''"
    const address = encodeURIComponent(PASSWORD)
    expect(curl('-u', `vestibule:${PASSWORD}`, server.url, '-d', query)).toBe('1\n')
    expect(
      curl(
        '-H',
        'X-ClickHouse-User: vestibule',
        '-H',
        `X-ClickHouse-Key: ${PASSWORD}`,
        server.url,
        '-d',
        query,
      ),
    ).toBe('1\n')
    expect(curl(`${server.url}/?user=vestibule&password=${address}`, '-d', query)).toBe('1\n')
  })

  test.each([
    ['a wrong password', ['-u', 'vestibule:wrong']],
    ['no password', ['-u', 'vestibule:']],
    ['a stranger', ['-u', 'root:']],
    ['a name that was pointed at this machine', ['-H', 'Host: evil.example']],
  ])('is refused with %s', (_what, options) => {
    expect(curl('-w', '%{http_code}', ...options, server.url, '-d', 'SELECT 1')).toMatch(
      /^Code: 516\. .*403$/s,
    )
  })
})

test('an endless body is cut off', async () => {
  const zeros = gzipSync(Buffer.alloc(1 << 20))
  const bomb = Buffer.concat(Array.from({ length: 600 }, () => zeros))
  const answer = await ask("INSERT INTO FUNCTION null('s String') FORMAT RowBinary", '', bomb, {
    'Content-Encoding': 'gzip',
  })
  expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([413, '307'])
}, 30_000)

test('an insert of twenty megabytes is one part in one file, not hundreds of files', async () => {
  await server.writer().command({
    query:
      'CREATE TABLE vestibule.twenty_megabytes (a UInt64, s String) ENGINE = MergeTree ORDER BY a',
  })
  await server.writer().command({
    query:
      "INSERT INTO vestibule.twenty_megabytes SELECT number, repeat('x', 1000) FROM numbers(20000)",
  })
  expect(
    await rowsOf(
      "SELECT part_type, data_uncompressed_bytes > 20000000 AS large FROM system.parts WHERE active AND table = 'twenty_megabytes'",
    ),
  ).toEqual([{ part_type: 'Compact', large: 1 }])
})

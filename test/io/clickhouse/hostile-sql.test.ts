import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PASSWORD, startServer, type RunningServer } from './server-process.ts'

let server: RunningServer
let folder: string
let canary: Server
let visits = 0
const SECRET = 'hunter2-must-not-be-read'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vestibule-hostile-'))
  writeFileSync(join(folder, 'secret.txt'), `${SECRET}\n`)
  canary = createServer((_request, response) => {
    visits += 1
    response.end('1\n')
  }).listen(0, '127.0.0.1')
  server = await startServer()
  await write('CREATE TABLE vestibule.t (a UInt8, s String) ORDER BY a')
  await write("INSERT INTO vestibule.t VALUES (1, 'one')")
  await write('CREATE TABLE default.private (s String) ORDER BY s')
  await write(`INSERT INTO default.private VALUES ('${SECRET}')`)
  await write('CREATE DATABASE other')
  await write('CREATE TABLE other.private (s String) ORDER BY s')
  await write(`INSERT INTO other.private VALUES ('${SECRET}')`)
}, 30_000)

afterAll(() => {
  canary.close()
  rmSync(folder, { recursive: true, force: true })
})

async function write(sql: string): Promise<void> {
  const headers = { 'X-ClickHouse-User': 'vestibule', 'X-ClickHouse-Key': PASSWORD }
  const answer = await fetch(server.url, { method: 'POST', body: sql, headers })
  if (!answer.ok) throw new Error(await answer.text())
}

async function read(sql: string, search = ''): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${server.url}/${search}`, { method: 'POST', body: sql })
  return { status: answer.status, text: await answer.text() }
}

/** Each would read a file, call out, write, or look at other people's data if it were run. */
const ATTEMPTS: readonly string[] = [
  // files
  "SELECT file('{secret}')",
  "SELECT FILE('{secret}')",
  "SELECT `file`('{secret}')",
  'SELECT "file"(\'{secret}\')',
  "SELECT file /* */ ('{secret}')",
  "SELECT file\n('{secret}')",
  "SELECT arrayMap(file, ['{secret}'])",
  "SELECT arrayMap(`file`, ['{secret}'])",
  "SELECT arrayMap(x -> file(x), ['{secret}'])",
  "SELECT arrayFilter(file, ['{secret}'])",
  "SELECT * APPLY(file) FROM (SELECT '{secret}' AS x)",
  "SELECT * APPLY file FROM (SELECT '{secret}' AS x)",
  "SELECT COLUMNS('x') APPLY(file) FROM (SELECT '{secret}' AS x)",
  "SELECT * APPLY(x -> file(x)) FROM (SELECT '{secret}' AS x)",
  "SELECT * REPLACE(file(x) AS x) FROM (SELECT '{secret}' AS x)",
  "SELECT * FROM file('{secret}', 'LineAsString')",
  "SELECT * FROM FILE('{secret}', LineAsString)",
  "SELECT * FROM `file`('{secret}', 'LineAsString')",
  "SELECT * FROM '{secret}'",
  'SELECT * FROM `{secret}`',
  'SELECT * FROM "{secret}"',
  'SELECT * FROM default.`{secret}`',
  'SELECT * FROM `default`.`{secret}`',
  'SELECT * FROM "default"."{secret}"',
  'SELECT * FROM {db:Identifier}.`{secret}`',
  'SELECT * FROM {secret_path:Identifier}',
  "SELECT 1 IN (SELECT length(file('{secret}')))",
  "SELECT * FROM t WHERE s IN file('{secret}', 'LineAsString')",
  "SELECT * FROM t JOIN file('{secret}', 'LineAsString') AS f ON 1 = 1",
  "SELECT * FROM t, file('{secret}', 'LineAsString')",
  "WITH x AS (SELECT * FROM file('{secret}', 'LineAsString')) SELECT * FROM x",
  "WITH file('{secret}') AS x SELECT x",
  "WITH (SELECT file('{secret}')) AS x SELECT x",
  "SELECT (SELECT (SELECT (SELECT file('{secret}'))))",
  "SELECT 1 UNION ALL SELECT length(file('{secret}'))",
  "SELECT 1 ORDER BY file('{secret}')",
  "SELECT 1 LIMIT length(file('{secret}'))",
  "SELECT a FROM t GROUP BY a HAVING file('{secret}') != ''",
  "SELECT sum(a) OVER (ORDER BY file('{secret}')) FROM t",
  "SELECT if(1, file('{secret}'), '')",
  "SELECT * FROM view(SELECT file('{secret}'))",
  "SELECT * FROM viewIfPermitted(SELECT file('{secret}') AS x ELSE null('x String'))",
  "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT 1))",
  "SELECT * FROM (EXPLAIN SELECT file('{secret}'))",
  "SELECT * FROM eval('SELECT file(''{secret}'')')",
  "DESCRIBE file('{secret}')",
  "DESCRIBE TABLE (SELECT file('{secret}'))",
  "EXPLAIN SELECT file('{secret}')",
  "EXPLAIN PLAN actions = 1 SELECT file('{secret}')",
  "EXPLAIN SYNTAX SELECT file('{secret}')",
  "SELECT * FROM fileCluster('default', '{secret}', 'LineAsString')",
  "SELECT * FROM filesystem('{folder}')",
  "SELECT * FROM executable('cat {secret}', 'LineAsString', 's String')",
  "SELECT * FROM sqlite('{folder}/x.db', 't')",
  "SELECT * FROM loop(file('{secret}', 'LineAsString')) LIMIT 1",
  "SELECT * FROM icebergLocal('{folder}')",
  "SELECT * FROM deltaLakeLocal('{folder}')",
  "SELECT * FROM arrowstream('{secret}')",
  "SELECT catboostEvaluate('{secret}', 1)",
  "SELECT * FROM dictionary('d')",
  "SELECT dictGet('d', 'x', 1)",
  "SELECT joinGet('default.private', 's', 1)",
  "SELECT hasColumnInTable('default', 'private', 's')",
  // the net
  "SELECT * FROM url('{canary}', 'TSV', 'a UInt8')",
  "SELECT * FROM urlCluster('default', '{canary}', 'TSV', 'a UInt8')",
  "SELECT * FROM s3('{canary}/b/k', 'TSV', 'a UInt8')",
  "SELECT * FROM gcs('{canary}/b/k', 'TSV', 'a UInt8')",
  "SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'TSV', 'a UInt8')",
  "SELECT * FROM azureBlobStorage('{canary}', 'c', 'k')",
  "SELECT * FROM remote('127.0.0.1:1', 'default', 'private')",
  "SELECT * FROM remoteSecure('127.0.0.1:1', 'default', 'private')",
  "SELECT * FROM cluster('default', 'default', 'private')",
  "SELECT * FROM clusterAllReplicas('default', 'system', 'one')",
  "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
  "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
  "SELECT * FROM mongodb('127.0.0.1:1', 'd', 't', 'u', 'p', 's String')",
  "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')",
  "SELECT * FROM odbc('DSN=x', 'd', 't')",
  "SELECT * FROM jdbc('x', 'd', 't')",
  "SELECT AIGenerate('x')",
  'SELECT showCertificate()',
  // writing
  "SELECT 1 INTO OUTFILE '{folder}/out'",
  "SELECT 1 INTO OUTFILE '{folder}/out' FORMAT TSV",
  "SELECT 1 FORMAT TSV INTO OUTFILE '{folder}/out'",
  "SELECT 1 UNION ALL SELECT 2 INTO OUTFILE '{folder}/out' TRUNCATE",
  "EXPLAIN SELECT 1 INTO OUTFILE '{folder}/out'",
  "SHOW TABLES INTO OUTFILE '{folder}/out'",
  "DESCRIBE t INTO OUTFILE '{folder}/out'",
  "EXISTS t INTO OUTFILE '{folder}/out'",
  "(SELECT 1) INTO OUTFILE '{folder}/out'",
  "INSERT INTO FUNCTION file('{folder}/out', 'TSV', 'a UInt8') SELECT 1",
  "INSERT INTO vestibule.t VALUES (2, 'two')",
  'INSERT INTO vestibule.t FORMAT TSV\n2\ttwo\n',
  'CREATE TABLE vestibule.mine (a UInt8) ORDER BY a',
  'CREATE TEMPORARY TABLE mine (a UInt8)',
  "CREATE VIEW vestibule.mine AS SELECT file('{secret}')",
  'CREATE FUNCTION mine AS (x) -> file(x)',
  "CREATE DICTIONARY vestibule.mine (a UInt8) PRIMARY KEY a SOURCE(FILE(PATH '{secret}' FORMAT 'TSV')) LAYOUT(FLAT()) LIFETIME(0)",
  'ALTER TABLE vestibule.t DELETE WHERE 1',
  'DELETE FROM vestibule.t WHERE 1',
  'UPDATE vestibule.t SET s = 1 WHERE 1',
  'DROP TABLE vestibule.t',
  'TRUNCATE TABLE vestibule.t',
  'RENAME TABLE vestibule.t TO vestibule.u',
  'OPTIMIZE TABLE vestibule.t FINAL',
  'DETACH TABLE vestibule.t',
  "BACKUP TABLE vestibule.t TO Disk('default', 'x')",
  "BACKUP TABLE vestibule.t TO File('{folder}/out')",
  // two statements in one
  'SELECT 1; DROP TABLE vestibule.t',
  "SELECT 1; SELECT file('{secret}')",
  "SELECT 'a;' ; SELECT file('{secret}')",
  'SELECT 1 -- \n; DROP TABLE vestibule.t',
  "SELECT 1 /* ; */ ; SET ROLE ALL; SELECT file('{secret}')",
  "SELECT $x$a$x$; SELECT file('{secret}')",
  'SELECT 1 PARALLEL WITH DROP TABLE vestibule.t',
  "EXPLAIN AST SELECT 1; SELECT file('{secret}')",
  // becoming someone else
  'SET ROLE ALL',
  'SET ROLE writer',
  'SET readonly = 0',
  "SET param_x = '1'",
  'USE default',
  'EXECUTE AS default SELECT 1',
  'GRANT ALL ON *.* TO default',
  'CREATE USER x',
  'SELECT 1 SETTINGS readonly = 0',
  'SELECT * FROM (SELECT 1 SETTINGS readonly = 0)',
  "SELECT 1 SETTINGS format_schema = '{secret}'",
  'SELECT 1 SETTINGS max_execution_time = 0, log_queries = 1',
  'SYSTEM FLUSH LOGS',
  'SYSTEM SHUTDOWN',
  'KILL QUERY WHERE 1',
  // other people's tables and queries
  'SELECT * FROM default.private',
  'SELECT * FROM other.private',
  'SELECT * FROM `other`.private',
  "SELECT * FROM merge('other', '.*')",
  "SELECT * FROM merge('.*', 'private')",
  "SELECT * FROM mergeTreeIndex('other', 'private')",
  'SELECT * FROM system.processes',
  'SELECT * FROM `system`.`processes`',
  'SELECT * FROM "system".processes',
  'SELECT query FROM system . processes',
  'SELECT * FROM system.users',
  'SELECT * FROM system.settings',
  'SELECT * FROM system.server_settings',
  'SELECT * FROM system.disks',
  'SELECT * FROM system.query_log',
  'SELECT * FROM system.environment',
  'SHOW PROCESSLIST',
  'SHOW GRANTS',
  'SHOW USERS',
  'SHOW SETTINGS',
  'SHOW ACCESS',
  'DESCRIBE system.processes',
  'EXISTS default.private',
  'SHOW CREATE TABLE default.private',
  'SHOW CREATE TABLE other.private',
  'SELECT 1 IN system.processes',
  "SELECT getSetting('max_threads')",
  "SELECT getServerSetting('max_connections')",
  "SELECT getMacro('x')",
  'SELECT hostName()',
  'SELECT filesystemAvailable()',
  "SELECT logTrace('x')",
  'SELECT sleep(3)',
  'SELECT sleepEachRow(3) FROM numbers(100)',
  // what cannot be parsed
  "SELECT 'open",
  'SELECT `open',
  'SELECT (1',
  '\u0000',
  'FROM',
  'VALUES',
]

describe('the read role refuses', () => {
  test.each(ATTEMPTS.map((sql) => [sql]))('%s', async (attempt) => {
    const { port } = canary.address() as AddressInfo
    const sql = attempt
      .replaceAll('{secret}', join(folder, 'secret.txt'))
      .replaceAll('{folder}', folder)
      .replaceAll('{canary}', `http://127.0.0.1:${port}`)
    const search = `?param_db=default&param_secret_path=${encodeURIComponent(join(folder, 'secret.txt'))}`
    const { status, text } = await read(sql, search)
    expect(text).toMatch(/^Code: \d+\. DB::Exception: /)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(text).not.toContain(SECRET)
    expect(existsSync(join(folder, 'out'))).toBe(false)
    expect(visits).toBe(0)
  })

  test.each([
    ['readonly off', '?readonly=0', "SELECT getSetting('readonly')"],
    ['a schema file', '?format_schema=/etc/passwd', 'SELECT 1'],
    ['a place for schemas', '?output_format_schema=/tmp/x', 'SELECT 1 FORMAT CapnProto'],
    ['another database', '?database=other', 'SELECT * FROM private'],
    ['the database of files', '?database=default', 'SELECT * FROM private'],
    ['another dialect', '?dialect=prql', 'from t'],
    ['a role', '?role=writer', 'SELECT 1'],
    ['more memory', '?max_threads=64', 'SELECT 1'],
  ])('%s in the address', async (_what, search, sql) => {
    const { text } = await read(sql, search)
    expect(text).toMatch(/^Code: \d+\. DB::Exception: /)
    expect(text).not.toContain(SECRET)
  })

  test('an answer that is too large', async () => {
    const { text } = await read('SELECT randomPrintableASCII(1000) FROM numbers(1000000)')
    expect(text).toMatch(/^Code: (?:396|307|241)\./)
  })

  test('time without end', async () => {
    const { text } = await read('SELECT count() FROM numbers(1e13)', '?max_execution_time=0.5')
    expect(text).toMatch(/^Code: 159\./)
  })
})

describe('the read role admits', () => {
  test.each([
    ['SELECT a, s FROM vestibule.t', '1\tone\n'],
    ['select a, s from t;', '1\tone\n'],
    ['-- hello\nSELECT /* so */ 1', '1\n'],
    ["SELECT 'it''s; file(''x'')'", "it\\'s; file(\\'x\\')\n"],
    ['SELECT $$file($$', 'file(\n'],
    [
      'WITH x AS (SELECT number FROM numbers(3)) SELECT sum(number), countIf(number > 0) FROM x',
      '3\t2\n',
    ],
    ["SELECT groupArray(x) FROM values('x UInt8', 1, 2)", '[1,2]\n'],
    [
      'SELECT quantile(0.5)(a), uniqExact(s), argMax(s, a), topK(3)(s) FROM t',
      "1\t1\tone\t['one']\n",
    ],
    [
      "SELECT arrayMap(x -> x + 1, [1, 2]), tuple(1, 'a').2, map('k', 1)['k'], a::String FROM t",
      '[2,3]\ta\t1\t1\n',
    ],
    [
      "SELECT toStartOfHour(toDateTime('2026-01-02 03:04:05', 'UTC')), INTERVAL 1 DAY + toDate('2026-01-01')",
      '2026-01-02 03:00:00\t2026-01-02\n',
    ],
    ['SELECT row_number() OVER (ORDER BY a), lagInFrame(a) OVER (ORDER BY a) FROM t', '1\t0\n'],
    [
      "SELECT a FROM t WHERE (a, s) IN (SELECT 1, 'one') AND s LIKE 'o%' AND a BETWEEN 0 AND 2",
      '1\n',
    ],
    [
      'SELECT multiIf(a = 1, 2, 3), CASE a WHEN 1 THEN 4 ELSE 5 END, coalesce(NULL, 6) FROM t',
      '2\t4\t6\n',
    ],
    ['SELECT 1 UNION ALL SELECT 1', '1\n1\n'],
    [
      "SELECT IPv6NumToString(toIPv6('::1')), hex('a'), cutIPv6(toIPv6('2001:db8::1'), 8, 0)",
      '::1\t61\t2001:db8::\n',
    ],
    ['EXISTS t', '1\n'],
    ['SHOW TABLES', 't\n'],
    ['DESCRIBE t FORMAT TSVRaw', 'a\tUInt8\t\t\t\t\t\ns\tString\t\t\t\t\t\n'],
    ["SELECT name FROM system.tables WHERE database = 'vestibule'", 't\n'],
    ['SELECT {x:Array(String)}', "['a','b']\n", "?param_x=['a','b']"],
  ])('%s', async (sql, expected, search = '') => {
    expect(await read(sql, search)).toEqual({ status: 200, text: expected })
  })
})

import { beforeAll, describe, expect, test } from '@jest/globals'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { avroInserter } from '../../io/clickhouse/insert-avro.ts'
import { migrate } from '../../io/clickhouse/migrate.ts'
import { sharedMemoryLog } from '../../io/event-log/memory.ts'
import { sleep } from '../../io/sleep.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { SILENT } from '../../lib/logger.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { runSinks, type SinkDeps } from '../../sinks/run-sinks.ts'
import { PASSWORD, startServer, type RunningServer } from '../io/clickhouse/server-process.ts'
import { exampleRecord, OBSERVED_AT } from './example-record.ts'

const codec = singleObjectCodec()
let server: RunningServer
let client: ClickHouseClient

beforeAll(async () => {
  server = await startServer()
  client = server.writer()
  await migrate(client, { retentionDays: 3650 })
}, 30_000)

async function count(query: string): Promise<number> {
  const result = await client.query({
    query: `SELECT count() AS n FROM (${query})`,
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ n: number }>()
  return Number(row?.n)
}

async function eventually(query: string, wanted: number): Promise<void> {
  const until = performance.now() + 20_000
  for (let seen = -1; seen !== wanted; seen = await count(query).catch(() => -1)) {
    if (performance.now() > until) throw new Error(`${seen} rows, not ${wanted}: ${query}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const values = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, at) =>
    codec.encode('Score', exampleRecord('Score', 'full', from + at)),
  )

const appended = (list: readonly Uint8Array[]) =>
  list.map((value, at) => ({ key: `k${at}`, value, timestampMs: 1_795_305_600_000 }))

function deps(log: SinkDeps['log'], inserted = client): SinkDeps {
  return {
    log,
    codec,
    insert: avroInserter(inserted),
    sleep,
    now: Date.now,
    site: 'test',
    metrics: NO_METRICS,
    logger: SILENT,
  }
}

describe('from the log into the embedded ClickHouse', () => {
  test('a few thousand rows are there within about a second of being appended', async () => {
    const log = sharedMemoryLog()
    const stop = new AbortController()
    const sinks = runSinks(deps(log.connect()), stop.signal)
    const producer = log.connect()
    const list = values(1, 3001)
    const started = performance.now()
    await producer.append('scores', appended(list))
    await eventually('SELECT * FROM vestibule.score FINAL', 3000)
    const seconds = (performance.now() - started) / 1000
    stop.abort()
    await sinks
    expect(seconds).toBeLessThan(4)
    console.info(`3000 rows in ${seconds.toFixed(2)} s`)
  }, 30_000)

  test('the same log read again from its start adds no row', async () => {
    const log = sharedMemoryLog()
    const producer = log.connect()
    await producer.append('scores', appended(values(1, 3001)))
    for (const rows of [700, 10_000]) {
      const stop = new AbortController()
      const again = sharedMemoryLog()
      await again.connect().append('scores', appended(values(1, 3001)))
      const reader = again.connect()
      const sinks = runSinks(
        { ...deps(reader), limits: { rows, maxRows: rows, ageMs: 50 } },
        stop.signal,
      )
      for (;;) {
        const committed = await reader.committed('sink-scores', 'scores')
        if (committed.reduce<number>((sum, offset) => sum + (offset ?? 0), 0) === 3000) break
        await sleep(20, stop.signal)
      }
      stop.abort()
      await sinks
    }
    expect(await count('SELECT * FROM vestibule.score FINAL')).toBe(3000)
    expect(await count('SELECT * FROM vestibule.latest_score')).toBe(3000)
  }, 30_000)

  test('two sensors that see one event give one row in the views', async () => {
    const log = sharedMemoryLog()
    const hello = (sensor: string, observedAt: number): Uint8Array =>
      codec.encode('TlsHello', {
        ...exampleRecord('TlsHello', 'full', 9001),
        sensor,
        observedAt,
      })
    const session = (sensor: string, observedAt: number): Uint8Array =>
      codec.encode('SshSession', {
        ...exampleRecord('SshSession', 'full', 9001),
        sensor,
        observedAt,
      })
    const values = [
      hello('tap-a', OBSERVED_AT),
      hello('tap-b', OBSERVED_AT + 812),
      session('tap-a', OBSERVED_AT),
      // Either side of the midnight that parts one partition from the next.
      session('tap-b', OBSERVED_AT + 24 * 3_600_000_000),
    ]
    const stop = new AbortController()
    const limits = { rows: 1, maxRows: 1, ageMs: 5 }
    const sinks = runSinks({ ...deps(log.connect()), limits }, stop.signal)
    for (const value of values) {
      await log.connect().append('client-events', appended([value]))
    }
    await eventually("SELECT * FROM vestibule.tls_hello WHERE sensor LIKE 'tap-%'", 2)
    await eventually("SELECT * FROM vestibule.ssh_session WHERE sensor LIKE 'tap-%'", 2)
    stop.abort()
    await sinks
    expect(
      await count(
        "SELECT * FROM vestibule.client_timeline WHERE kind = 'TLS hello' AND sensor LIKE 'tap-%'",
      ),
    ).toBe(1)
    expect(
      await count(
        "SELECT * FROM vestibule.client_timeline WHERE kind = 'SSH session' AND sensor LIKE 'tap-%'",
      ),
    ).toBe(1)
    const result = await client.query({
      query: 'SELECT toUInt32(connections) AS n FROM vestibule.profile',
      format: 'JSONEachRow',
    })
    expect(await result.json()).toEqual([{ n: 1 }])
  }, 30_000)

  test('a body that is not what it says it is goes to the dead letters, alone', async () => {
    const log = sharedMemoryLog()
    const producer = log.connect()
    const list = values(5001, 5065)
    const whole = list[20] ?? new Uint8Array()
    list[20] = whole.subarray(0, whole.length - 9)
    list[40] = Buffer.concat([list[40] ?? new Uint8Array(), Buffer.from('tail')])
    await producer.append('scores', appended(list))
    const stop = new AbortController()
    const sinks = runSinks(deps(log.connect()), stop.signal)
    await eventually(
      "SELECT * FROM vestibule.dead_letter FINAL WHERE code = 'refused' AND topic = 'scores'",
      1,
    )
    await eventually('SELECT * FROM vestibule.score FINAL', 3063)
    stop.abort()
    await sinks
  }, 30_000)

  test('a database that is killed and comes back has every row once', async () => {
    const log = sharedMemoryLog()
    const producer = log.connect()
    const stop = new AbortController()
    const patient = createClient({
      url: server.url,
      username: 'vestibule',
      password: PASSWORD,
      log: { level: ClickHouseLogLevel.OFF },
    })
    const sinks = runSinks(
      { ...deps(log.connect(), patient), limits: { rows: 200, maxRows: 400, ageMs: 20 } },
      stop.signal,
    )
    const alert = (seed: number): Uint8Array =>
      codec.encode('Alert', exampleRecord('Alert', 'full', seed))
    let seed = 0
    const more = (): Promise<void> =>
      producer.append('alerts', appended(Array.from({ length: 100 }, () => alert((seed += 1)))))
    for (let at = 0; at < 10; at += 1) await more()
    const { dataDir, port } = server
    await server.stop('SIGKILL')
    for (let at = 0; at < 10; at += 1) await more()
    server = await startServer(dataDir, port)
    client = server.writer()
    await eventually('SELECT * FROM vestibule.alert FINAL', 2000)
    stop.abort()
    await sinks
    await patient.close()
  }, 60_000)
})

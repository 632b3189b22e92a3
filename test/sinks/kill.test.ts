import { beforeAll, expect, test } from '@jest/globals'
import { type ClickHouseClient } from '@clickhouse/client'
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { PASSWORD, startServer, type RunningServer } from '../io/clickhouse/server-process.ts'
import { OwnerOnDisk } from '../io/event-log/processes.ts'
import { exampleRecord } from './example-record.ts'
import { atTheEnd, ended, ending } from '../support/endings.ts'
import { eventually } from '../support/eventually.ts'

const codec = singleObjectCodec()
const MOST_ROWS = 150_000
const KILLS = 8

const owner = new OwnerOnDisk()
let server: RunningServer
let client: ClickHouseClient
let log: EventLog

beforeAll(async () => {
  atTheEnd(() => owner.end())
  await owner.start()
  log = await owner.connect()
  server = await startServer()
  client = server.writer()
}, 30_000)

/** The sinks as the command runs them. */
function startSink(): ChildProcess {
  const main = join(import.meta.dirname, '../../cli/main.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'sink'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      VESTIBULE_DATA: owner.folder,
      VESTIBULE_LOG_SOCKET: owner.socketPath,
      VESTIBULE_CLICKHOUSE_URL: server.url,
      VESTIBULE_CLICKHOUSE_PASSWORD: PASSWORD,
      VESTIBULE_RETENTION_DAYS: '3650',
    },
  })
  return ending(child, 'SIGKILL')
}

async function ask<T>(query: string): Promise<T | undefined> {
  const result = await client.query({ query, format: 'JSONEachRow' })
  return (await result.json<T>())[0]
}

async function rowsNow(): Promise<number> {
  const row = await ask<{ n: string }>('SELECT count() AS n FROM vestibule.ssh_auth_attempt').catch(
    () => undefined,
  )
  return Number(row?.n ?? 0)
}

async function committed(): Promise<number> {
  const offsets = await log.committed('sink-client-events', 'client-events')
  return offsets.reduce<number>((sum, offset) => sum + (offset ?? 0), 0)
}

/** Appends until it is told to stop; gives the number of records. */
async function append(enough: () => boolean): Promise<number> {
  let rows = 0
  while (!enough() && rows < MOST_ROWS) {
    const records = Array.from({ length: 250 }, (_, n) => ({
      key: `192.0.2.${(rows + n) % 200}`,
      value: codec.encode('SshAuthAttempt', exampleRecord('SshAuthAttempt', 'full', rows + n)),
      timestampMs: Date.now(),
    }))
    await log.append('client-events', records)
    rows += records.length
    await sleep(60)
  }
  return rows
}

test('sinks killed again and again between insert and commit show no row twice and lose none', async () => {
  let killed = 0
  const appending = append(() => killed === KILLS)
  for (let kill = 0; kill < KILLS; kill += 1) {
    const sink = startSink()
    const before = await rowsNow()
    const settledBefore = await committed()
    // Every second time as soon as rows are in and most likely not committed; else somewhere later.
    // The first of them makes the tables before.
    await eventually('rows come', async () => (await rowsNow()) > before, 60_000)
    if (kill % 2 === 1) await sleep(37 * kill)
    await ended(sink, 'SIGKILL')
    killed += 1
    expect(await committed()).toBeGreaterThanOrEqual(settledBefore)
  }
  const rows = await appending
  startSink()
  await eventually('all is committed', async () => (await committed()) === rows, 60_000)
  const seen = await ask<{ rows: number; ids: number; events: number }>(
    `SELECT (SELECT count() FROM vestibule.ssh_auth_attempt FINAL) AS rows,
       (SELECT uniqExact(eventId) FROM vestibule.ssh_auth_attempt) AS ids,
       (SELECT count() FROM vestibule.client_timeline) AS events`,
  )
  expect(seen).toEqual({ rows, ids: rows, events: rows })
  console.info(
    `${KILLS} kills: ${(await rowsNow()) - rows} of ${rows} rows twice on disk, none in the views`,
  )
}, 170_000)

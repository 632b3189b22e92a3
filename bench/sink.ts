import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn, type ChildProcess } from 'node:child_process'
import { connectClickHouse } from '../io/clickhouse/connect.ts'
import { avroInserter } from '../io/clickhouse/insert-avro.ts'
import { migrate } from '../io/clickhouse/migrate.ts'
import { SERVER_ENVIRONMENT } from '../io/clickhouse/server.ts'
import { sleep } from '../io/sleep.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { readConfig, type Config } from '../lib/config.ts'
import { type Batch, type EventLog, type StoredRecord } from '../lib/event-log.ts'
import { SILENT } from '../lib/logger.ts'
import { NO_METRICS } from '../lib/metrics.ts'
import { avroContainer } from '../sinks/avro-container.ts'
import { sortRecords } from '../sinks/rows.ts'
import { runSinks, type SinkDeps } from '../sinks/run-sinks.ts'
import { type TlsHello } from '../schemas/generated/records.ts'
import { exampleRecord } from '../test/support/example-record.ts'
import { print } from './print.ts'

const ROWS = 300_000
const BATCH = 10_000

type Insert = SinkDeps['insert']

/** Whole TlsHello rows from stored values to rows in the embedded server, as the sink takes them. */
export async function run(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vestibule-bench-sink-'))
  const { config, child } = await startServer(dataDir)
  const client = connectClickHouse(config)
  try {
    await migrate(client, config)
    const records = storedRecords()
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
    wrapCost(records)
    for (const round of [1, 2, 3]) {
      await client.command({ query: 'TRUNCATE TABLE vestibule.tls_hello' })
      const cpuBefore = cpuMs(child)
      const own = process.cpuUsage()
      const started = performance.now()
      await throughSinks(again(avroInserter(client), round), records)
      const seconds = (performance.now() - started) / 1000
      const { user, system } = process.cpuUsage(own)
      const result = await client.query({
        query: 'SELECT count() AS n FROM vestibule.tls_hello FINAL',
        format: 'JSONEachRow',
      })
      const [counted] = await result.json<{ n: string }>()
      print('sink-rows', {
        rowsPerSecond: Math.round(ROWS / seconds),
        round,
        rows: ROWS,
        rowsInTable: Number(counted?.n),
        bytesPerRow: Math.round(bytes / ROWS),
        cpuMsPer100kRowsSink: Math.round((user + system) / 1000 / (ROWS / 100_000)),
        cpuMsPer100kRowsServer: Math.round((cpuMs(child) - cpuBefore) / (ROWS / 100_000)),
        aimRowsPerSecond: 100_000,
      })
    }
  } finally {
    await client.close()
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** The sinks as they run, over a log that has everything at once, in batches of a thousand. */
async function throughSinks(insert: Insert, records: readonly StoredRecord[]): Promise<void> {
  const stop = new AbortController()
  let committed = 0
  const commit = (count: number): Promise<void> => {
    committed += count
    if (committed === records.length) stop.abort()
    return Promise.resolve()
  }
  async function* consume(): AsyncGenerator<Batch> {
    for (let at = 0; at < records.length; at += 1000) {
      const part = records.slice(at, at + 1000)
      const lease = { group: 'bench', partitions: [], generation: 1 }
      yield { records: part, lease, commit: () => commit(part.length) }
      await new Promise(setImmediate)
    }
    // A log does not end.
    await sleep(2 ** 31 - 1, stop.signal)
  }
  const none = (): Promise<never> => Promise.reject(new Error('not in this bench'))
  const log: EventLog = {
    globalOrder: true,
    consume,
    append: none,
    follow: () => {
      throw new Error('not in this bench')
    },
    ends: () => Promise.resolve([]),
    committed: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  }
  await runSinks(
    {
      ...{ log, insert, sleep, site: 'bench', codec: singleObjectCodec(), now: Date.now },
      ...{ metrics: NO_METRICS, logger: SILENT, topics: ['client-events'] },
    },
    stop.signal,
  )
}

/** The same batches in another round are other inserts. */
function again(insert: Insert, round: number): Insert {
  return (table, file, token) => insert(table, file, `${token}:${round}`)
}

/** Processor time of the server so far: what other processes do to the clock does not show in it. */
function cpuMs({ pid }: ChildProcess): number {
  const fields =
    readFileSync(`/proc/${pid ?? 0}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function wrapCost(records: readonly StoredRecord[]): void {
  const codec = singleObjectCodec()
  const started = performance.now()
  let bytes = 0
  for (let at = 0; at < records.length; at += BATCH) {
    const { rows } = sortRecords(codec, records.slice(at, at + BATCH))
    const bodies = (rows.get('TlsHello') ?? []).map(({ body }) => body)
    bytes += avroContainer('TlsHello', bodies).length
  }
  const ms = performance.now() - started
  print('sink-wrap', {
    msPer100kRows: Math.round((ms / records.length) * 1e7) / 100,
    containerBytesPerRow: Math.round(bytes / records.length),
  })
}

function storedRecords(): StoredRecord[] {
  const codec = singleObjectCodec()
  return Array.from({ length: ROWS }, (_, offset) => ({
    topic: 'client-events',
    partition: offset % 4,
    offset,
    key: '192.0.2.1',
    value: codec.encode('TlsHello', exampleHello(offset)),
    timestampMs: 0,
  }))
}

/** A browser's hello from one of 5,000 clients; ids, randoms and times are each row's own. */
function exampleHello(at: number): TlsHello {
  const u16 = (n: number): number[] => Array.from({ length: n }, (_, i) => 0x1301 + i)
  const own = (length: number): Buffer =>
    createHash('sha256').update(`${at}`).digest().subarray(0, length)
  const address = Buffer.alloc(16)
  address.fill(0xff, 10, 12).writeUInt32BE(0x0a000000 + (at % 5000), 12)
  return exampleRecord('TlsHello', {
    eventId: own(16),
    connectionId: own(16),
    random: own(32),
    clientAddress: address,
    clientPort: 1024 + (at % 60_000),
    observedAt: Date.now() * 1000 + at,
    ingestedAt: Date.now() * 1000 + at,
    cipherSuites: u16(16),
    extensions: u16(18),
    supportedGroups: u16(5),
    signatureAlgorithms: u16(9),
    supportedVersions: u16(3),
    keyShareGroups: u16(3),
    keyShareDigests: [1, 2, 3].map((n) => Buffer.alloc(8, n)),
    ja3: '771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,0-23-65281-10-11-35-16-5-13-18-51-45-43-27-17513-21,29-23-24,0',
  })
}

async function startServer(dataDir: string): Promise<{ config: Config; child: ChildProcess }> {
  const child = spawn(process.execPath, ['io/clickhouse/server-main.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...SERVER_ENVIRONMENT,
      VESTIBULE_DATA: dataDir,
      VESTIBULE_CLICKHOUSE_URL: 'http://127.0.0.1:0',
      VESTIBULE_CLICKHOUSE_PASSWORD: '',
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => {
      resolve((JSON.parse(line.toString()) as { port: number }).port)
    })
    child.once('exit', () => {
      reject(new Error('the embedded ClickHouse did not start'))
    })
  })
  const read = readConfig({}, { dataDir, clickhouseUrl: `http://127.0.0.1:${port}` })
  if (read.kind === 'fault') throw new Error(read.message)
  return { config: read.config, child }
}

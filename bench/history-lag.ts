import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntilReady } from '../cli/up/readiness.ts'
import { servicesOf } from '../cli/up/services.ts'
import { supervise, type Supervised } from '../io/supervisor.ts'
import { readConfig, type Config } from '../lib/config.ts'
import { freePort } from '../test/support/free-port.ts'
import { print, quantile } from './print.ts'

const DEMO = resolve('corpus/demo/demo.pcap.gz')
const WATCH_MS = 45_000
const POLL_MS = 100

/**
 * From a record's `ingestedAt` (it is about to go onto the log) to the first query that shows its row, in all
 * services of `vestibule up --replay corpus/demo/demo.pcap.gz`, seen from the very start. The polling adds up
 * to its own period.
 */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-history-lag-'))
  mkdirSync(join(folder, 'logs'))
  const running: Supervised[] = []
  try {
    const read = readConfig(
      {},
      {
        dataDir: folder,
        apiPort: await freePort(),
        clickhouseUrl: `http://127.0.0.1:${await freePort()}`,
      },
    )
    if (read.kind === 'fault') throw new Error(read.message)
    const sources = { interfaces: [], replay: [DEMO], replayLog: undefined, followLogs: [] }
    for (const service of servicesOf(read.config, sources)) {
      const child = supervise(service.spec, { started: () => undefined, ended: () => undefined })
      running.push(child)
      if (!(await waitUntilReady(service, read.config, () => false, child.saidReady))) {
        throw new Error(`${service.title} is not ready`)
      }
    }
    report(await watch(read.config))
  } finally {
    for (const child of running.reverse()) await child.stop(2_000)
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Seen {
  readonly ingestedMs: number
  readonly lagMs: number
}

async function watch(config: Config): Promise<readonly Seen[]> {
  const client = createClient({
    url: config.clickhouseUrl,
    database: 'vestibule',
    log: { level: ClickHouseLogLevel.OFF },
  })
  const seen = new Map<string, Seen>()
  try {
    const until = Date.now() + WATCH_MS
    while (Date.now() < until) {
      await sleep(POLL_MS)
      const rows = await newest(client)
      const nowMs = Date.now()
      for (const { event, at } of rows) {
        if (!seen.has(event)) seen.set(event, { ingestedMs: at, lagMs: Math.max(0, nowMs - at) })
      }
    }
  } finally {
    await client.close()
  }
  return [...seen.values()].sort((a, b) => a.ingestedMs - b.ingestedMs)
}

async function newest(
  client: ClickHouseClient,
): Promise<readonly { readonly event: string; readonly at: number }[]> {
  const query = ['tls_hello', 'tls_handshake', 'ssh_connection', 'ssh_session']
    .map(
      (table) =>
        `SELECT hex(eventId) AS event, toUnixTimestamp64Milli(ingestedAt) AS at FROM ${table}`,
    )
    .join(' UNION ALL ')
  try {
    const result = await client.query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    })
    return await result.json<{ event: string; at: number }>()
  } catch {
    // The tables are not there yet.
    return []
  }
}

function report(seen: readonly Seen[]): void {
  const began = seen[0]?.ingestedMs ?? 0
  for (const [what, from, to] of [
    ['all', 0, Infinity],
    ['first 5 s', 0, 5_000],
    ['after 5 s', 5_000, Infinity],
  ] as const) {
    const lags = seen
      .filter(({ ingestedMs }) => ingestedMs - began >= from && ingestedMs - began < to)
      .map(({ lagMs }) => lagMs)
      .sort((a, b) => a - b)
    print('history-lag', {
      what: `record to row in a query, milliseconds, ${what}`,
      rows: lags.length,
      p50: quantile(lags, 0.5),
      p90: quantile(lags, 0.9),
      p99: quantile(lags, 0.99),
      max: lags.at(-1),
      aimP50: 1500,
    })
  }
}

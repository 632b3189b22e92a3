import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectEventLog } from '../io/event-log/connect.ts'
import { type EventLog } from '../lib/event-log.ts'

const BATCHES = 400
const BATCH = 500
const VALUE_BYTES = 300
const SINGLES = 3000
const WAITING_BATCHES = 8

/** The embedded log, its owner a process of its own: rates, and latencies of single appends. */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-event-log-'))
  const owner = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, '../cli/main.ts'),
    'log',
    '--data',
    folder,
  ])
  owner.stderr.resume()
  try {
    const log = await connectEventLog({ socketPath: join(folder, 'log.sock') })
    await produce(log)
    await consume(log)
    await single(log)
    await endToEnd(log, await connectEventLog({ socketPath: join(folder, 'log.sock') }))
    await log.close()
  } finally {
    const gone = once(owner, 'exit')
    owner.kill('SIGTERM')
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
}

function print(what: string, figures: object): void {
  console.log(JSON.stringify({ bench: 'event-log', what, fsync: 'process', ...figures }))
}

async function produce(log: EventLog): Promise<void> {
  const value = Buffer.alloc(VALUE_BYTES, 7)
  const records = Array.from({ length: BATCH }, (_, n) => {
    return { key: `198.51.100.${n % 256}`, value, timestampMs: 1_700_000_000_000 }
  })
  const since = performance.now()
  const waiting: Promise<void>[] = []
  for (let n = 0; n < BATCHES; n++) {
    waiting.push(log.append('client-events', records))
    if (waiting.length >= WAITING_BATCHES) await waiting.shift()
  }
  await Promise.all(waiting)
  const seconds = (performance.now() - since) / 1000
  const perSecond = Math.round((BATCHES * BATCH) / seconds)
  print('produce', { batch: BATCH, valueBytes: VALUE_BYTES, waiting: WAITING_BATCHES, perSecond })
}

async function consume(log: EventLog): Promise<void> {
  const since = performance.now()
  const signal = AbortSignal.timeout(60_000)
  let given = 0
  for await (const batch of log.consume({ group: 'bench', topics: ['client-events'], signal })) {
    given += batch.records.length
    await batch.commit()
    if (given >= BATCHES * BATCH) break
  }
  const seconds = (performance.now() - since) / 1000
  print('consume', { commits: 'each batch', perSecond: Math.round(given / seconds) })
}

async function single(log: EventLog): Promise<void> {
  const value = Buffer.alloc(VALUE_BYTES, 7)
  const times: number[] = []
  for (let n = 0; n < SINGLES; n++) {
    const since = performance.now()
    await log.append('decisions', [{ key: `k${n}`, value, timestampMs: 0 }])
    times.push(performance.now() - since)
  }
  print('single append', { records: SINGLES, ...percentiles(times) })
}

/** Appends at 200 a second, from the call to the consumer's batch, two clients. */
async function endToEnd(writer: EventLog, reader: EventLog): Promise<void> {
  const stop = new AbortController()
  const times: number[] = []
  const reading = (async () => {
    const options = { group: 'latency', topics: ['alerts'] as const, signal: stop.signal }
    for await (const batch of reader.consume(options)) {
      for (const { timestampMs } of batch.records) times.push(performance.now() - timestampMs)
      await batch.commit()
    }
  })()
  for (let n = 0; n < 1000; n++) {
    const timestampMs = performance.now()
    await writer.append('alerts', [{ key: 'k', value: Buffer.alloc(VALUE_BYTES), timestampMs }])
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  stop.abort()
  await reading
  await reader.close()
  print('append to consumer', { records: times.length, ...percentiles(times) })
}

function percentiles(times: number[]): object {
  const sorted = times.sort((a, b) => a - b)
  const at = (share: number): number => {
    return Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 1000) / 1000
  }
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

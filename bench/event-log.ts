import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectEventLog } from '../io/event-log/connect.ts'
import { type KafkaConnection } from '../io/event-log/kafka/connection.ts'
import { openKafkaLog } from '../io/event-log/kafka/kafka-log.ts'
import { KafkajsClient } from '../io/event-log/kafka/kafkajs/kafkajs-client.ts'
import { PlatformaticClient } from '../io/event-log/kafka/platformatic/platformatic-client.ts'
import { type EventLog, type Lease } from '../lib/event-log.ts'
import { benchBroker } from './bench-broker.ts'
import { print } from './print.ts'

const BATCHES = 400
const BATCH = 500
const VALUE_BYTES = 300
const SINGLES = 2_000
const WAITING_BATCHES = 8
const IDLE_MS = 3_000

/** A log to be measured: `open` gives a client of its own. */
interface Subject {
  readonly name: string
  open(): Promise<EventLog>
  end(): Promise<void>
}

/**
 * The embedded log (its owner a process of its own) and Apache Kafka through either client, one after another on
 * one broker: rates, CPU of this process by message, latencies of single appends, how long joining a group, a
 * second member and a leaver take, and what an idle reader costs. CPU counts the client's side alone.
 */
export async function run(): Promise<void> {
  const broker = await benchBroker()
  const warnings = new Map<string, number>()
  process.on('warning', ({ name }) => warnings.set(name, (warnings.get(name) ?? 0) + 1))
  try {
    const subjects = [
      embedded,
      () => onKafka('kafkajs 2.2.4', broker.brokers, (to) => new KafkajsClient(to)),
      () =>
        onKafka('@platformatic/kafka 2.12.1', broker.brokers, (to) => new PlatformaticClient(to)),
    ]
    for (const make of subjects) {
      warnings.clear()
      const subject = await make()
      const broke = subject.name === 'embedded' ? {} : { broker: broker.version }
      const say = (what: string, figures: object): void => {
        print('event-log', { log: subject.name, ...broke, what, ...figures })
      }
      try {
        await measure(subject, say)
        say('warnings of Node', Object.fromEntries(warnings))
      } finally {
        await subject.end()
      }
    }
  } finally {
    await broker.end()
  }
}

async function embedded(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-event-log-'))
  const owner = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, '../cli/main.ts'),
    ...['log', '--data', folder],
  ])
  owner.stderr.resume()
  return Promise.resolve({
    name: 'embedded',
    open: () => connectEventLog({ socketPath: join(folder, 'log.sock') }),
    async end(): Promise<void> {
      const gone = once(owner, 'exit')
      owner.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

function onKafka(
  name: string,
  brokers: string,
  clientOf: (to: KafkaConnection) => KafkajsClient | PlatformaticClient,
): Promise<Subject> {
  const prefix = `bench-${randomUUID().slice(0, 8)}-`
  const connection: KafkaConnection = {
    ...{ brokers: brokers.split(','), clientId: 'vestibule-bench' },
    ...{ tls: undefined, sasl: undefined, compression: 'none', unavailableAfterMs: 30_000 },
  }
  return Promise.resolve({
    name,
    open: () => openKafkaLog(clientOf(connection), prefix),
    end: () => Promise.resolve(),
  })
}

type Say = (what: string, figures: object) => void

async function measure(subject: Subject, say: Say): Promise<void> {
  const log = await subject.open()
  const other = await subject.open()
  // The first round meets cold code and new connections: it is not told.
  await produce(log, 40)
  say('produce', await produce(log, BATCHES))
  say('consume, each batch committed', await consume(log))
  say('single append', await single(log))
  say('append to consumer', await endToEnd(log, other))
  say('group', await rebalances(log, other))
  say('idle reader', await idle(log))
  await log.close()
  await other.close()
}

/** Microseconds of CPU, user and system, that `work` took of this process. */
async function cpuOf(work: () => Promise<void>): Promise<{ cpuUs: number; seconds: number }> {
  const [cpu, since] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuUs: user + system, seconds: (performance.now() - since) / 1000 }
}

async function produce(log: EventLog, batches: number): Promise<object> {
  const value = Buffer.alloc(VALUE_BYTES, 7)
  const records = Array.from({ length: BATCH }, (_, n) => {
    return { key: `198.51.100.${n % 256}`, value, timestampMs: Date.now() }
  })
  const { cpuUs, seconds } = await cpuOf(async () => {
    const waiting: Promise<void>[] = []
    for (let n = 0; n < batches; n++) {
      waiting.push(log.append('client-events', records))
      if (waiting.length >= WAITING_BATCHES) await waiting.shift()
    }
    await Promise.all(waiting)
  })
  const count = batches * BATCH
  return { batch: BATCH, valueBytes: VALUE_BYTES, ...rates(count, cpuUs, seconds) }
}

function rates(count: number, cpuUs: number, seconds: number): object {
  return { perSecond: Math.round(count / seconds), cpuUsPerMessage: rounded(cpuUs / count) }
}

async function consume(log: EventLog): Promise<object> {
  let given = 0
  const { cpuUs, seconds } = await cpuOf(async () => {
    const signal = AbortSignal.timeout(120_000)
    for await (const batch of log.consume({ group: 'bench', topics: ['client-events'], signal })) {
      given += batch.records.length
      await batch.commit()
      if (given >= BATCHES * BATCH) break
    }
  })
  return rates(given, cpuUs, seconds)
}

async function single(log: EventLog): Promise<object> {
  const value = Buffer.alloc(VALUE_BYTES, 7)
  const times: number[] = []
  const { cpuUs } = await cpuOf(async () => {
    for (let n = 0; n < SINGLES; n++) {
      const since = performance.now()
      await log.append('decisions', [{ key: `k${n}`, value, timestampMs: Date.now() }])
      times.push(performance.now() - since)
    }
  })
  return { records: SINGLES, ...percentiles(times), cpuUsPerMessage: rounded(cpuUs / SINGLES) }
}

/** Appends at 200 a second, from the call to the consumer's batch, two clients. */
async function endToEnd(writer: EventLog, reader: EventLog): Promise<object> {
  const stop = new AbortController()
  const times: number[] = []
  const reading = (async () => {
    const options = { group: 'latency', topics: ['alerts'] as const, signal: stop.signal }
    for await (const batch of reader.consume(options)) {
      for (const { value } of batch.records) {
        times.push(performance.now() - Buffer.from(value ?? []).readDoubleLE(0))
      }
      await batch.commit()
    }
  })()
  const began = Buffer.alloc(VALUE_BYTES)
  for (let n = 0; n < 1000; n++) {
    began.writeDoubleLE(performance.now(), 0)
    const timestampMs = Date.now()
    await writer.append('alerts', [{ key: 'k', value: Buffer.from(began), timestampMs }])
    await sleep(5)
  }
  stop.abort()
  await reading
  // The first ones wait for the group to be joined.
  return { records: times.length, ...percentiles(times.slice(100)) }
}

/** From asking to holding: the first member all, two members half each, and all again once one has left. */
async function rebalances(one: EventLog, two: EventLog): Promise<object> {
  const held = new Map<EventLog, number>()
  const member = async (log: EventLog, signal: AbortSignal): Promise<void> => {
    const assigned = (lease: Lease): Promise<Map<string, number>> => {
      held.set(log, lease.partitions.length)
      return Promise.resolve(new Map<string, number>())
    }
    const revoked = (): Promise<void> => Promise.resolve(void held.delete(log))
    const options = { group: 'moving', topics: ['sightings'] as const, signal, assigned, revoked }
    for await (const batch of log.consume(options)) await batch.commit()
  }
  const until = async (holds: () => boolean): Promise<number> => {
    const since = performance.now()
    while (!holds()) await sleep(2)
    return rounded(performance.now() - since)
  }
  const [stop, leave] = [new AbortController(), new AbortController()]
  const first = member(one, stop.signal)
  const joinMs = await until(() => held.get(one) === 4)
  const second = member(two, leave.signal)
  const secondMemberMs = await until(() => held.get(one) === 2 && held.get(two) === 2)
  leave.abort()
  const leaverMs = await until(() => held.get(one) === 4)
  stop.abort()
  await Promise.all([first, second])
  return { joinMs, secondMemberMs, leaverMs }
}

/** What a reader costs to which nothing comes. */
async function idle(log: EventLog): Promise<object> {
  const stop = new AbortController()
  const reading = (async () => {
    const options = { group: 'idle', topics: ['servers'] as const, signal: stop.signal }
    for await (const batch of log.consume(options)) await batch.commit()
  })()
  await sleep(1_000)
  const { cpuUs } = await cpuOf(() => sleep(IDLE_MS))
  stop.abort()
  await reading
  return { cpuShare: Math.round((cpuUs / 1000 / IDLE_MS) * 10_000) / 10_000 }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function percentiles(times: number[]): object {
  const sorted = times.sort((a, b) => a - b)
  const at = (share: number): number => rounded(sorted[Math.floor(sorted.length * share)] ?? 0)
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

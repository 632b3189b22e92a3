import { describe, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEventLog } from '../../io/event-log/open.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { readConfig, type Config } from '../../lib/config.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { recordKey } from '../../lib/record-key.ts'
import { clientProcessor } from '../../processors/client-fold/client-processor.ts'
import { populationProcessor } from '../../processors/population-fold/population-processor.ts'
import { type TopicName } from '../../schemas/topics.ts'
import { nonce, SECOND, sshAttempt, T0, tlsHello } from '../processors/records.ts'
import { ended, ending } from '../support/endings.ts'
import { eventually } from '../support/eventually.ts'
import { freshPrefix, sharedBroker } from '../support/kafka.ts'
import { temporaryFolder } from '../support/programs.ts'
import { lastInRecordedOrder, lastPublished } from '../support/recorded-order.ts'

const codec = singleObjectCodec()
const broker = await sharedBroker()
const withBroker = broker === undefined ? describe.skip : describe
/** More than a member's session, which the broker ends after 6 s of silence. */
const LONG_MS = 40_000

/** The processors' service as a process of its own, and which partitions of client events it has. */
interface Service {
  readonly child: ChildProcess
  held(): number
}

function startService(config: Config): Service {
  const child = ending(
    spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, '../../cli/main.ts'),
        'process',
      ],
      {
        env: {
          ...process.env,
          VESTIBULE_DATA: config.dataDir,
          VESTIBULE_KAFKA_BROKERS: config.kafkaBrokers,
          VESTIBULE_KAFKA_PREFIX: config.kafkaPrefix,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ),
    'SIGKILL',
  )
  child.stdout.resume()
  let held = 0
  createInterface({ input: child.stderr }).on('line', (line) => {
    const took = /"group":"client-fold","partitions":\[([\d,]*)\]/.exec(line)
    if (took !== null) held = (took[1] ?? '').split(',').filter((n) => n !== '').length
    else if (/"level":"?(error|fatal|50|60)/.test(line)) process.stderr.write(`${line}\n`)
  })
  return { child, held: () => held }
}

/** Bots that share fingerprints, and people who do not: what the population says of them moves their scores. */
function events(count: number): readonly AnyRecord[] {
  return Array.from({ length: count }, (_, i): AnyRecord => {
    const client = `192.0.2.${i % 60}`
    const at = T0 + i * SECOND
    if (i % 3 === 0) {
      const record = sshAttempt(client, at, { userExists: i % 2 === 0 })
      return { type: 'SshAuthAttempt', record }
    }
    const record = tlsHello(client, at, { random: nonce(i % 50), stableKey: `k${i % 7}` })
    return { type: 'TlsHello', record }
  })
}

async function append(log: EventLog, some: readonly AnyRecord[]): Promise<void> {
  const records = some.map((any) => ({
    key: recordKey(any),
    value: codec.encode(any.type, any.record),
    timestampMs: any.record.observedAt / 1000,
  }))
  await log.append('client-events', records)
}

async function folded(log: EventLog, group: string, topic: TopicName): Promise<boolean> {
  const [ends, done] = [await log.ends(topic), await log.committed(group, topic)]
  return ends.every((end, n) => end === 0 || (done[n] ?? 0) >= end)
}

withBroker('two processors over a real Kafka broker', () => {
  test('one killed in midstream, the other stopped and woken after its lease is gone: scores, sightings and population are those of folds that nothing disturbed', async () => {
    const folder = temporaryFolder('kafka-processors')
    const settings = {
      dataDir: folder.path,
      ...{ kafkaBrokers: broker?.brokers ?? '', kafkaPrefix: freshPrefix() },
    }
    const read = readConfig({}, settings)
    if (read.kind === 'fault') throw new Error(read.message)
    const log = await openEventLog(read.config, { logger: SILENT })
    const all = events(1_200)
    const some = async (from: number, to: number): Promise<void> => {
      for (let at = from; at < to; at += 20) {
        await append(log, all.slice(at, Math.min(to, at + 20)))
        await sleep(10)
      }
    }
    const first = startService(read.config)
    const second = startService(read.config)
    await eventually('each has half', () => first.held() === 2 && second.held() === 2, LONG_MS)
    await some(0, 400)
    first.child.kill('SIGKILL')
    await some(400, 500)
    await eventually('the other has all', () => second.held() === 4, LONG_MS)
    await some(500, 700)
    const third = startService(read.config)
    await eventually('each has half', () => third.held() === 2 && second.held() === 2, LONG_MS)
    await some(700, 800)
    second.child.kill('SIGSTOP')
    await some(800, 900)
    await eventually('the newcomer has all', () => third.held() === 4, LONG_MS)
    await some(900, 1_000)
    second.child.kill('SIGCONT')
    await some(1_000, 1_200)
    await eventually('each has half', () => third.held() === 2 && second.held() === 2, LONG_MS)
    for (const [group, topic] of [
      ['client-fold', 'client-events'],
      ['habit-fold', 'client-events'],
      ['population-fold', 'sightings'],
    ] as const) {
      await eventually(`${group} has folded all`, () => folded(log, group, topic), LONG_MS)
    }
    for (const { child } of [second, third]) await ended(child)

    const made = await lastInRecordedOrder(log, () => clientProcessor(codec), ['Score', 'Sighting'])
    const scores = await lastPublished(log, 'scores', ['Score'])
    expect(scores.size).toBeGreaterThan(40)
    const sightings = await lastPublished(log, 'sightings', ['Sighting'])
    expect(new Map([...scores, ...sightings])).toEqual(made)
    const rows = await lastInRecordedOrder(log, populationProcessor, ['Population'])
    expect(rows.size).toBeGreaterThan(7)
    expect(await lastPublished(log, 'population', ['Population'])).toEqual(rows)
    await log.close()
    folder.remove()
  }, 180_000)
})

import { describe, expect, test } from '@jest/globals'
import { sharedMemoryLog, type MemoryLog } from '../../io/event-log/memory.ts'
import { sleep } from '../../io/sleep.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type EventLog, type LogRecord } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { recordKey } from '../../lib/record-key.ts'
import { clientProcessor } from '../../processors/client-fold/client-processor.ts'
import { populationProcessor } from '../../processors/population-fold/population-processor.ts'
import { runProcessor, type ProcessorPorts } from '../../processors/run.ts'
import { type TopicName } from '../../schemas/topics.ts'
import { eventually } from '../support/eventually.ts'
import { nonce, SECOND, sshAttempt, T0, tlsHello } from './records.ts'

const codec = singleObjectCodec()
const LIMITS = { clients: 1000, pairs: 1000 }

function ports(log: EventLog, wrap: Partial<EventLog> = {}): ProcessorPorts {
  const bound: ProcessorPorts['log'] = {
    append: log.append.bind(log),
    consume: log.consume.bind(log),
    follow: log.follow.bind(log),
    committed: log.committed.bind(log),
    ends: log.ends.bind(log),
    globalOrder: log.globalOrder,
    ...wrap,
  }
  return { log: bound, codec, metrics: NO_METRICS, logger: SILENT, now: Date.now, sleep }
}

function stored(any: AnyRecord): LogRecord {
  const key = recordKey(any)
  return {
    key,
    value: codec.encode(any.type, any.record),
    timestampMs: any.record.observedAt / 1000,
  }
}

const events: readonly AnyRecord[] = Array.from({ length: 120 }, (_, i): AnyRecord => {
  const client = `192.0.2.${i % 9}`
  const at = T0 + i * SECOND
  if (i % 3 === 0) {
    const record = { ...sshAttempt(client, at, { userExists: i % 2 === 0 }) }
    return { type: 'SshAuthAttempt', record }
  }
  const record = tlsHello(client, at, { random: nonce(i % 20), stableKey: `k${i % 4}` })
  return { type: 'TlsHello', record }
})

/** Everything on a topic so far, as key and hex. */
async function all(log: EventLog, topic: TopicName): Promise<string[]> {
  const stop = new AbortController()
  const found: string[] = []
  for await (const { records, caughtUp } of log.follow({
    topics: [topic],
    from: 'start',
    signal: stop.signal,
  })) {
    for (const { key, value } of records) {
      found.push(`${key} ${value === null ? 'null' : Buffer.from(value).toString('hex')}`)
    }
    if (caughtUp) stop.abort()
  }
  return found
}

async function until(log: EventLog, group: string, topic: TopicName): Promise<void> {
  for (;;) {
    const [ends, committed] = [await log.ends(topic), await log.committed(group, topic)]
    if (ends.every((end, i) => end === 0 || committed[i] === end)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function runUntilDone(shared: MemoryLog, wrap: Partial<EventLog> = {}): Promise<void> {
  const log = shared.connect()
  const stop = new AbortController()
  const running = runProcessor(ports(log, wrap), clientProcessor(codec, LIMITS), stop.signal)
  await Promise.race([running, until(log, 'client-fold', 'client-events')])
  stop.abort()
  await running
  await log.close()
}

/** The newest value of each key. */
function newest(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.map((line): [string, string] => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

async function undisturbed(): Promise<{ scores: string[]; sightings: string[] }> {
  const shared = sharedMemoryLog()
  const log = shared.connect()
  for (const event of events) await log.append('client-events', [stored(event)])
  await runUntilDone(shared)
  const result = { scores: await all(log, 'scores'), sightings: await all(log, 'sightings') }
  await log.close()
  return result
}

describe('a processor', () => {
  test('goes on from its snapshot after a clean stop, with the scores of an undisturbed run', async () => {
    const expected = await undisturbed()
    const shared = sharedMemoryLog()
    const log = shared.connect()
    for (const event of events.slice(0, 70)) await log.append('client-events', [stored(event)])
    await runUntilDone(shared)
    expect((await all(log, 'snapshots')).length).toBeGreaterThan(0)
    for (const event of events.slice(70)) await log.append('client-events', [stored(event)])
    await runUntilDone(shared)
    const sightings = (await all(log, 'sightings')).sort()
    expect(sightings).toEqual([...expected.sightings].sort())
    expect(newest(await all(log, 'scores'))).toEqual(newest(expected.scores))
    await log.close()
  })

  test('that dies between append and commit changes nothing downstream', async () => {
    const expected = await undisturbed()
    const shared = sharedMemoryLog()
    const log = shared.connect()
    for (const event of events) await log.append('client-events', [stored(event)])
    let appended = 0
    const dying: Partial<EventLog> = {
      append: async (topic, records) => {
        await log.append(topic, records)
        appended += 1
        if (appended === 2) throw new Error('killed')
      },
    }
    await expect(runUntilDone(shared, dying)).rejects.toThrow('killed')
    await runUntilDone(shared)
    expect(new Set(await all(log, 'sightings'))).toEqual(new Set(expected.sightings))
    expect(newest(await all(log, 'scores'))).toEqual(newest(expected.scores))
    await log.close()
  })

  test('goes on folding while its snapshot is written, and dies and comes back with the same scores', async () => {
    const expected = await undisturbed()
    const shared = sharedMemoryLog()
    const log = shared.connect()
    for (const event of events.slice(0, 60)) await log.append('client-events', [stored(event)])
    // The first parts are held back until later events are folded; then the manifests are lost.
    const later = Promise.withResolvers<undefined>()
    const manifests = new Set<string>()
    const slow: Partial<EventLog> = {
      append: async (topic, records, fence) => {
        if (topic === 'snapshots') await later.promise
        const keys = records.map(({ key }) => key).filter((key) => key.endsWith('/manifest'))
        for (const key of keys) manifests.add(key)
        if (manifests.size > 3) throw new Error('killed')
        await log.append(topic, records, fence)
      },
    }
    const stop = new AbortController()
    const options = { snapshotEveryRecords: 20, snapshotEveryMs: 1_000_000 }
    const processor = clientProcessor(codec, LIMITS)
    const running = runProcessor(ports(log, slow), processor, stop.signal, options)
    const died = expect(running).rejects.toThrow('killed')
    await until(log, 'client-fold', 'client-events')
    for (const event of events.slice(60, 100)) await log.append('client-events', [stored(event)])
    await until(log, 'client-fold', 'client-events')
    later.resolve(undefined)
    await eventually('a whole snapshot', () => manifests.size > 0)
    stop.abort()
    await died
    for (const event of events.slice(100)) await log.append('client-events', [stored(event)])
    await runUntilDone(shared)
    expect(new Set(await all(log, 'sightings'))).toEqual(new Set(expected.sightings))
    expect(newest(await all(log, 'scores'))).toEqual(newest(expected.scores))
    await log.close()
  })

  test('that has nothing to do saves what it did last', async () => {
    const shared = sharedMemoryLog()
    const log = shared.connect()
    await log.append('client-events', events.map(stored))
    const stop = new AbortController()
    const options = { snapshotEveryRecords: 1_000_000, snapshotEveryMs: 40 }
    const processor = clientProcessor(codec, LIMITS)
    const running = runProcessor(ports(log), processor, stop.signal, options)
    await eventually('a snapshot of all events', async () => {
      const keys = (await all(log, 'snapshots')).map((line) => line.split(' ', 1)[0])
      return keys.filter((key) => key?.endsWith('/manifest')).length >= 5
    })
    stop.abort()
    await running
    await log.close()
  })

  test('feeds the population, which counts what was appended twice once', async () => {
    const shared = sharedMemoryLog()
    const log = shared.connect()
    for (const event of events) await log.append('client-events', [stored(event)])
    const stop = new AbortController()
    const running = [clientProcessor(codec, LIMITS), populationProcessor()].map((processor) =>
      runProcessor(ports(log), processor, stop.signal),
    )
    await until(log, 'client-fold', 'client-events')
    await until(log, 'population-fold', 'sightings')
    stop.abort()
    await Promise.all(running)
    const keys = [...newest(await all(log, 'population')).keys()]
    expect(keys).toContain('global:tls#tls')
    expect(keys).toContain('fp:k1#tls')
    await log.close()
  })
})

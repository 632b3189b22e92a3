import { describe, expect, test } from '@jest/globals'
import { sharedMemoryLog, type MemoryLog } from '../../io/event-log/memory.ts'
import { sleep } from '../../io/sleep.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type Batch, type ConsumeOptions, type EventLog } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { recordKey, topicOf } from '../../lib/record-key.ts'
import { clientProcessor } from '../../processors/client-fold/client-processor.ts'
import { placeKey } from '../../processors/order/place-cursor.ts'
import { runProcessor } from '../../processors/run.ts'
import { numbersOf } from '../soak/soak.ts'
import { lastInRecordedOrder, lastPublished } from '../support/recorded-order.ts'
import { nonce, populationRow, SECOND, sshAttempt, T0, tlsHello } from './records.ts'

const codec = singleObjectCodec()
const LIMITS = { clients: 1000, pairs: 1000 }
const processorOf = (): ReturnType<typeof clientProcessor> => clientProcessor(codec, LIMITS)

/** Events of thirty clients, and rows of the population that make the same fingerprint common and rare by turns. */
const records: readonly AnyRecord[] = Array.from({ length: 300 }, (_, i): AnyRecord => {
  const client = `192.0.2.${i % 30}`
  const at = T0 + i * SECOND
  if (i % 3 === 0) {
    return { type: 'SshAuthAttempt', record: sshAttempt(client, at, { userExists: i % 2 === 0 }) }
  }
  if (i % 3 === 1) {
    const record = tlsHello(client, at, { random: nonce(i % 20), stableKey: `k${i % 4}` })
    return { type: 'TlsHello', record }
  }
  // Every fifth row is of the population as a whole.
  const [kind, key] = i % 5 === 0 ? (['global', 'tls'] as const) : (['fp', `k${i % 4}`] as const)
  return { type: 'Population', record: populationRow(kind, key, at, (i * 7919) % 1000) }
})

async function filled(): Promise<MemoryLog> {
  const shared = sharedMemoryLog()
  const log = shared.connect()
  for (const any of records) {
    const value = codec.encode(any.type, any.record)
    const timestampMs = any.record.observedAt / 1000
    await log.append(topicOf(any.type), [{ key: recordKey(any), value, timestampMs }])
  }
  await log.close()
  return shared
}

/** A log as Kafka is one: batches of one place each, in an order that is another every time. */
async function* scattered(
  log: EventLog,
  options: ConsumeOptions,
  random: () => number,
): AsyncGenerator<Batch> {
  for await (const batch of log.consume({ ...options, maxRecords: 40 })) {
    const queues = [...Map.groupBy(batch.records, placeKey).values()]
    while (queues.length > 0) {
      const at = Math.floor(random() * queues.length)
      const some = queues[at]?.splice(0, 1 + Math.floor(random() * 5)) ?? []
      if (queues[at]?.length === 0) queues.splice(at, 1)
      const isLast = queues.length === 0
      const commit = (): Promise<void> => (isLast ? batch.commit() : Promise.resolve())
      yield { records: some, lease: batch.lease, commit }
    }
  }
}

/** Runs until all is folded, or until the nth append, which is refused, and everything after it. */
async function life(shared: MemoryLog, random: () => number, dieAt: number): Promise<void> {
  const log = shared.connect()
  const stop = new AbortController()
  let appends = 0
  const ports = {
    log: {
      globalOrder: false,
      append: async (...args: Parameters<EventLog['append']>) => {
        appends += 1
        if (appends >= dieAt) throw new Error('killed')
        await log.append(...args)
      },
      consume: (options: ConsumeOptions) => scattered(log, options, random),
      follow: log.follow.bind(log),
      committed: log.committed.bind(log),
      ends: log.ends.bind(log),
    },
    ...{ codec, metrics: NO_METRICS, logger: SILENT, now: Date.now, sleep },
  }
  const options = { snapshotEveryRecords: 60, snapshotEveryMs: 1_000_000 }
  const running = runProcessor(ports, processorOf(), stop.signal, options)
  const ended = running.then(
    () => 'ended',
    (error: unknown) => String(error),
  )
  const said = await Promise.race([ended, folded(log)])
  stop.abort()
  if (said !== 'folded') expect(said).toBe('Error: killed')
  await ended
  await log.close()
}

async function folded(log: EventLog): Promise<'folded'> {
  for (;;) {
    const [ends, done] = [
      await log.ends('client-events'),
      await log.committed('client-fold', 'client-events'),
    ]
    if (ends.every((end, n) => end === 0 || done[n] === end)) return 'folded'
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('on a log without one order over its places', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'a processor that dies again and again ends with the scores of a fold that was never disturbed (seed %i)',
    async (seed) => {
      const shared = await filled()
      const random = numbersOf(seed)
      for (let lives = 0; lives < 6; lives += 1) {
        await life(shared, random, 8 + Math.floor(random() * 40))
      }
      await life(shared, random, Infinity)
      const log = shared.connect()
      const scores = await lastPublished(log, 'scores', ['Score'])
      expect(scores.size).toBeGreaterThan(20)
      expect(scores).toEqual(await lastInRecordedOrder(log, processorOf, ['Score']))
      const sightings = await lastPublished(log, 'sightings', ['Sighting'])
      expect(sightings).toEqual(await lastInRecordedOrder(log, processorOf, ['Sighting']))
      await log.close()
    },
    30_000,
  )
})

import { describe, expect, test } from '@jest/globals'
import { memoryEventLog, sharedMemoryLog } from '../../io/event-log/memory.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type Batch, type EventLog } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type TopicName } from '../../schemas/topics.ts'
import { type Inserted } from '../../sinks/insert-verdict.ts'
import { gather } from '../../sinks/gather.ts'
import { runSinks, SINK_TOPICS } from '../../sinks/run-sinks.ts'
import { sortRecords, tokenOf } from '../../sinks/rows.ts'
import { exampleRecord } from './example-record.ts'

const codec = singleObjectCodec()
const sighting = (seed: number): Uint8Array =>
  codec.encode('Sighting', exampleRecord('Sighting', 'full', seed))

interface Play {
  /** What happened, in order. */
  readonly acts: string[]
  readonly log: EventLog
  readonly counted: Map<string, number>
  append(topic: TopicName, values: readonly (Uint8Array | null)[]): Promise<void>
  /** Runs the sinks until the act was seen, then ends them. */
  until(act: string): Promise<void>
}

/** A stage: a log in memory, and a database that answers what the script says. */
function stage(database: (rows: number, attempt: number) => Inserted): Play {
  const inner = memoryEventLog()
  const acts: string[] = []
  const counted = new Map<string, number>()
  const stop = new AbortController()
  let awaited = ''
  let attempts = 0
  const act = (what: string): void => {
    acts.push(what)
    if (what === awaited) stop.abort()
  }
  const metrics: Metrics = {
    count: (name, by = 1, labels = {}) => {
      const key = [name, ...Object.values(labels)].join(' ')
      counted.set(key, (counted.get(key) ?? 0) + by)
    },
    gauge: () => undefined,
    observe: () => undefined,
  }
  const log: EventLog = {
    globalOrder: true,
    append: async (topic, records, fence) => {
      await inner.append(topic, records, fence)
      if (topic === 'dead-letters') act(`buried ${records.length}`)
    },
    async *consume(options) {
      for await (const batch of inner.consume(options)) {
        yield {
          ...batch,
          commit: async () => {
            await batch.commit()
            act(`committed ${batch.records.length}`)
          },
        }
      }
    },
    follow: (options) => inner.follow(options),
    ends: (topic) => inner.ends(topic),
    committed: (group, topic) => inner.committed(group, topic),
    close: () => inner.close(),
  }
  return {
    acts,
    log,
    counted,
    append: (topic, values) =>
      inner.append(
        topic,
        values.map((value) => ({ key: 'k', value, timestampMs: 1_795_305_600_000 })),
      ),
    async until(last): Promise<void> {
      awaited = last
      await runSinks(
        {
          log,
          codec,
          metrics,
          logger: SILENT,
          site: 'test',
          now: () => 1_795_305_600_000,
          topics: ['sightings'],
          limits: { rows: 1000, maxRows: 1000, ageMs: 5 },
          sleep: (ms) => {
            if (ms !== 5) act(`slept ${ms}`)
            return new Promise((resolve) => setImmediate(resolve))
          },
          insert: (table, file, token) => {
            const rows = rowsOf(file)
            const result = database(rows, attempts)
            attempts += 1
            act(`insert ${rows} into ${table}: ${result.kind}`)
            tokens.push(token)
            return Promise.resolve(result)
          },
        },
        stop.signal,
      )
      await inner.close()
    },
  }
}

const tokens: string[] = []

/** Rows of a container: each ends in the same marker as the header. */
function rowsOf(file: Uint8Array): number {
  const bytes = Buffer.from(file)
  const marker = bytes.subarray(bytes.length - 16)
  let rows = -1
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 16)) rows += 1
  return rows
}

const IN: Inserted = { kind: 'inserted' }
const AWAY: Inserted = { kind: 'unreachable', message: 'connect ECONNREFUSED' }
const BAD: Inserted = { kind: 'error', code: 748, message: 'Invalid data' }

describe('the sinks', () => {
  test('commit after the insert, and only then', async () => {
    const play = stage(() => IN)
    await play.append('sightings', [sighting(1), sighting(2), sighting(3)])
    await play.until('committed 3')
    expect(play.acts).toEqual(['insert 3 into sighting: inserted', 'committed 3'])
    expect(play.counted.get('sink_inserted_rows_total sighting')).toBe(3)
  })

  test('wait for a database that is away, longer each time, and lose nothing', async () => {
    const play = stage((_rows, attempt) => (attempt < 3 ? AWAY : IN))
    await play.append('sightings', [sighting(1), sighting(2)])
    await play.until('committed 2')
    expect(play.acts).toEqual([
      'insert 2 into sighting: unreachable',
      'slept 100',
      'insert 2 into sighting: unreachable',
      'slept 200',
      'insert 2 into sighting: unreachable',
      'slept 400',
      'insert 2 into sighting: inserted',
      'committed 2',
    ])
    expect(play.counted.get('sink_retries_total sighting')).toBe(3)
  })

  test('commit nothing when they are ended while the database is away', async () => {
    const play = stage(() => AWAY)
    await play.append('sightings', [sighting(1)])
    await play.until('slept 200')
    expect(play.acts.filter((act) => act.startsWith('committed'))).toEqual([])
  })

  test('find the one row the database refuses by halves, bury it, and keep the others', async () => {
    const poison = sighting(77)
    const values = [1, 2, 3, 4, 5].map(sighting).concat([poison], [7, 8].map(sighting))
    const play = stage(() => IN)
    const body = codec.peek(poison)
    if (body.kind !== 'body') throw new Error('no body')
    await play.append('sightings', values)
    await playPoison(play, Buffer.from(body.body))
  })

  test('bury what cannot be read, with its place, and pass over deletions', async () => {
    const play = stage(() => IN)
    await play.append('sightings', [sighting(1), Buffer.from('garbage'), null, sighting(2)])
    await play.append('sightings', [codec.encode('Alert', exampleRecord('Alert', 'full'))])
    await play.until('committed 5')
    expect(play.acts).toEqual(['insert 2 into sighting: inserted', 'buried 2', 'committed 5'])
    expect(play.counted.get('sink_dead_letters_total sightings not-a-record')).toBe(1)
    expect(play.counted.get('sink_dead_letters_total sightings wrong-topic')).toBe(1)
    expect(play.counted.get('sink_tombstones_total sightings')).toBe(1)
  })

  test('know every topic but the snapshots', () => {
    expect(SINK_TOPICS).toEqual([
      'client-events',
      'sightings',
      'population',
      'scores',
      'control',
      'servers',
      'decisions',
      'alerts',
      'dead-letters',
    ])
  })
})

/** A database that refuses every file in which the poison is. */
async function playPoison(source: Play, poison: Buffer): Promise<void> {
  const acts: string[] = []
  const stop = new AbortController()
  await runSinks(
    {
      log: source.log,
      codec,
      metrics: { count: () => undefined, gauge: () => undefined, observe: () => undefined },
      logger: SILENT,
      site: 'test',
      now: () => 1_795_305_600_000,
      topics: ['sightings'],
      limits: { rows: 8, maxRows: 8, ageMs: 50 },
      sleep: () => new Promise((resolve) => setTimeout(resolve, 50)),
      insert: (_table, file) => {
        const result = Buffer.from(file).includes(poison) ? BAD : IN
        acts.push(`${rowsOf(file)} ${result.kind}`)
        if (acts.length === 7)
          setTimeout(() => {
            stop.abort()
          }, 20)
        return Promise.resolve(result)
      },
    },
    stop.signal,
  )
  expect(acts).toEqual([
    '8 error',
    '4 inserted',
    '4 error',
    '2 error',
    '1 inserted',
    '1 error',
    '2 inserted',
  ])
  expect(source.acts).toEqual(['buried 1', 'committed 8'])
}

describe('a batch', () => {
  const stored = (partition: number, offset: number, value: Uint8Array | null) => ({
    topic: 'sightings' as const,
    partition,
    offset,
    key: 'k',
    value,
    timestampMs: 0,
  })

  test('has the same token when it comes again, and another when it is cut otherwise', () => {
    const records = [
      stored(1, 7, sighting(1)),
      stored(0, 3, sighting(2)),
      stored(1, 8, sighting(3)),
    ]
    const token = (part: typeof records): string =>
      tokenOf(sortRecords(codec, part).rows.get('Sighting') ?? [])
    expect(token(records)).toBe('Sighting:sightings-0-3-3-1:sightings-1-7-8-2')
    expect(token(records)).toBe(token([...records]))
    expect(token(records.slice(1))).not.toBe(token(records))
  })

  const batch = (size: number): Batch => ({
    records: Array.from({ length: size }, (_, at) => stored(0, at, null)),
    lease: { group: 'g', partitions: [], generation: 1 },
    commit: () => Promise.resolve(),
  })
  async function* batches(...sizes: readonly number[]): AsyncGenerator<Batch> {
    for (const size of sizes) yield await Promise.resolve(batch(size))
  }
  const never = (): Promise<void> => new Promise<void>(() => undefined)
  const limits = { rows: 10, maxRows: 25, ageMs: 1 }
  const sizeOf = (group: readonly Batch[]): number =>
    group.reduce((sum, one) => sum + one.records.length, 0)

  test('is joined of small ones until it is full or old', async () => {
    const ports = { hasRoom: () => true, room: never, sleep: never }
    const sizes: number[] = []
    const signal = new AbortController().signal
    for await (const group of gather(batches(4, 4, 4, 20, 1), limits, ports, signal)) {
      sizes.push(sizeOf(group))
    }
    expect(sizes).toEqual([12, 20, 1])
  })

  test('grows while there is no room for it, to a bound', async () => {
    const ports = { hasRoom: () => false, room: never, sleep: never }
    const signal = new AbortController().signal
    const groups = gather(batches(...Array.from({ length: 20 }, () => 4)), limits, ports, signal)
    expect(sizeOf((await groups.next()).value ?? [])).toBe(28)
    await groups.return()
  })

  test('is what was gathered when the signal aborts, and nothing is pulled after it', async () => {
    const stop = new AbortController()
    let pulled = 0
    async function* endless(): AsyncGenerator<Batch> {
      for (;;) {
        pulled += 1
        if (pulled === 3) await never()
        yield await Promise.resolve(batch(4))
      }
    }
    const ports = { hasRoom: () => true, room: never, sleep: never }
    const groups = gather(endless(), limits, ports, stop.signal)
    const first = groups.next()
    setImmediate(() => {
      stop.abort()
    })
    expect(sizeOf((await first).value ?? [])).toBe(8)
    expect((await groups.next()).done).toBe(true)
    expect(pulled).toBe(3)
  })
})

describe('shutdown', () => {
  test('commits what is in hand: nothing is fenced, nothing comes again', async () => {
    const shared = sharedMemoryLog()
    const producer = shared.connect()
    const append = (from: number, to: number): Promise<void> =>
      producer.append(
        'sightings',
        Array.from({ length: to - from }, (_, at) => ({
          key: `k${at}`,
          value: sighting(from + at),
          timestampMs: 1_795_305_600_000,
        })),
      )
    await append(0, 40)
    const counted: string[] = []
    const stop = new AbortController()
    let inserted = 0
    const sinks = runSinks(
      {
        log: shared.connect(),
        codec,
        metrics: {
          count: (name) => void counted.push(name),
          gauge: () => undefined,
          observe: () => undefined,
        },
        logger: SILENT,
        site: 'test',
        now: () => 1_795_305_600_000,
        topics: ['sightings'],
        limits: { rows: 10, maxRows: 10, ageMs: 5 },
        sleep: () => new Promise((resolve) => setTimeout(resolve, 5)),
        insert: async (_table, file) => {
          stop.abort()
          await new Promise((resolve) => setTimeout(resolve, 300))
          inserted += rowsOf(file)
          return IN
        },
      },
      stop.signal,
    )
    await sinks
    const committed = await producer.committed('sink-sightings', 'sightings')
    expect(inserted).toBeGreaterThan(0)
    expect(committed.reduce<number>((sum, offset) => sum + (offset ?? 0), 0)).toBe(inserted)
    expect(counted).not.toContain('sink_fenced_total')
  })
})

import { afterEach, beforeEach, describe, expect, test as jestTest } from '@jest/globals'
import {
  type Batch,
  type EventLog,
  type EventLogError,
  type Lease,
} from '../../../lib/event-log.ts'
import { partitionOf } from '../../../lib/murmur2.ts'
import { allOf, readGroup, record, textOf, until } from './reading.ts'

/** An event log to be put to the test. */
export interface LogUnderTest {
  /** A client of its own, as another process would have. */
  connect(): Promise<EventLog>
  /** Lets compaction of `servers` run until nothing is due. It may append records with the key `compaction`. */
  compact(): Promise<void>
  /** Ends the log and removes what it stored. */
  end(): Promise<void>
}

export interface Promises {
  /** Whether a batch is merged over topics and partitions in the order of the appends. */
  readonly globalOrder: boolean
  /** `short`: the promises a client of its own can break, and no more. Default: all. */
  readonly extent?: 'whole' | 'short'
}

/** What depends on the library that speaks to the broker more than on what is ours. */
const SHORT: readonly string[] = [
  'gives back what was appended: key, value, time, partition, offset',
  'puts a key where murmur2 says, always in the same partition',
  'gives a batch again that was not committed',
  'spreads partitions over members, gives each to one of them, and takes back what a leaver had',
  'refuses the commit and the fenced append of a lease that was taken over',
  'takes a record of 1 MiB and refuses a larger one, saying the limit',
  'tells when the log took a record, whatever time it bears',
]

/** Elections and rebalances take what a busy machine gives them; every wait in a test ends long before. */
const DEADLINE_MS = 60_000

/** What every adapter of the EventLog port promises. */
export function eventLogContract(
  name: string,
  open: () => Promise<LogUnderTest>,
  { globalOrder, extent = 'whole' }: Promises,
): void {
  const test = (title: string, run: () => Promise<void>): void => {
    if (extent === 'whole' || SHORT.includes(title)) jestTest(title, run, DEADLINE_MS)
  }
  describe(`${name} keeps the contract of the event log`, () => {
    let subject: LogUnderTest
    let log: EventLog
    let stop: AbortController
    const others: EventLog[] = []

    beforeEach(async () => {
      subject = await open()
      log = await subject.connect()
      stop = new AbortController()
    })

    afterEach(async () => {
      stop.abort()
      await log.close()
      for (const other of others.splice(0)) await other.close()
      await subject.end()
    })

    const another = async (): Promise<EventLog> => {
      const client = await subject.connect()
      others.push(client)
      return client
    }
    const within = (ms = 15_000): AbortSignal =>
      AbortSignal.any([stop.signal, AbortSignal.timeout(ms)])

    test('gives back what was appended: key, value, time, partition, offset', async () => {
      await log.append('control', [
        { key: 'list/ä', value: Buffer.from([0, 1, 255]), timestampMs: 1_700_000_000_123 },
        { key: 'second', value: Buffer.of(7), timestampMs: 5 },
        { key: '', value: Buffer.alloc(0), timestampMs: 0 },
      ])
      const records = await allOf(log, ['control'])
      expect(
        records.map(({ topic, partition, offset, key, value, timestampMs }) => {
          const hex = value && Buffer.from(value).toString('hex')
          return { topic, partition, offset, key, value: hex, timestampMs }
        }),
      ).toEqual([
        {
          topic: 'control',
          partition: 0,
          offset: 0,
          key: 'list/ä',
          value: '0001ff',
          timestampMs: 1_700_000_000_123,
        },
        { topic: 'control', partition: 0, offset: 1, key: 'second', value: '07', timestampMs: 5 },
        { topic: 'control', partition: 0, offset: 2, key: '', value: '', timestampMs: 0 },
      ])
      expect(await log.ends('control')).toEqual([3])
    })

    test('tells when the log took a record, whatever time it bears', async () => {
      const before = Date.now()
      await log.append('client-events', [record('a', 'old', 5), record('a', 'new', 7_000)])
      const after = Date.now()
      const records = await allOf(log, ['client-events'])
      expect(records.map(({ timestampMs }) => timestampMs)).toEqual([5, 7_000])
      for (const { arrivedMs } of records) {
        expect(arrivedMs).toBeGreaterThanOrEqual(before)
        expect(arrivedMs).toBeLessThanOrEqual(after)
      }
    })

    test('puts a key where murmur2 says, always in the same partition', async () => {
      const keys = Array.from({ length: 40 }, (_, n) => `192.0.2.${n}`)
      await log.append(
        'client-events',
        keys.map((key) => record(key, 'first')),
      )
      await log.append(
        'client-events',
        keys.map((key) => record(key, 'second')),
      )
      const records = await allOf(log, ['client-events'])
      expect(records).toHaveLength(80)
      for (const { key, partition } of records) expect(partition).toBe(partitionOf(key, 4))
    })

    test('keeps the order of a key, also over appends that nobody waited for', async () => {
      const appends = Array.from({ length: 50 }, (_, n) =>
        log.append('client-events', [record('a', `${n}`), record('b', `${n}`)]),
      )
      await Promise.all(appends)
      const records = await allOf(log, ['client-events'])
      const ofA = records.filter(({ key }) => key === 'a').map(textOf)
      expect(ofA).toEqual(Array.from({ length: 50 }, (_, n) => `${n}`))
    })

    test('numbers each partition from 0 without holes', async () => {
      await log.append(
        'client-events',
        Array.from({ length: 200 }, (_, n) => record(`k${n}`, 'v')),
      )
      const records = await allOf(log, ['client-events'])
      const ends = await log.ends('client-events')
      for (const [partition, end] of ends.entries()) {
        const offsets = records.filter((r) => r.partition === partition).map(({ offset }) => offset)
        expect(offsets).toEqual(Array.from({ length: end }, (_, n) => n))
      }
    })

    if (globalOrder) {
      test('merges topics and partitions in the order of the appends', async () => {
        const topics = ['client-events', 'sightings', 'control'] as const
        for (let n = 0; n < 60; n++) {
          const topic = topics[n % 3] ?? 'control'
          await log.append(topic, [record(`key ${n * 7}`, `${n}`)])
        }
        const inOrder = Array.from({ length: 60 }, (_, n) => `${n}`)
        expect((await allOf(log, topics)).map(textOf)).toEqual(inOrder)
        const consumed = log.consume({
          group: 'fold',
          topics: ['client-events', 'sightings'],
          broadcast: ['control'],
          signal: within(),
        })
        expect((await readGroup(consumed, 60)).map(textOf)).toEqual(inOrder)
      })
    }

    test('cuts batches at maxRecords', async () => {
      await log.append(
        'alerts',
        Array.from({ length: 25 }, (_, n) => record('a', `${n}`)),
      )
      const sizes: number[] = []
      for await (const batch of log.consume({
        group: 'g',
        topics: ['alerts'],
        signal: within(),
        maxRecords: 10,
      })) {
        sizes.push(batch.records.length)
        await batch.commit()
        if (sizes.reduce((sum, size) => sum + size, 0) === 25) break
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10)
    })

    test('remembers what a group committed, and begins the next time behind it', async () => {
      await log.append(
        'alerts',
        ['a', 'b', 'c'].map((v) => record('k', v)),
      )
      expect(await log.committed('g', 'alerts')).toEqual([undefined])
      const first = await readGroup(
        log.consume({ group: 'g', topics: ['alerts'], signal: within() }),
        3,
      )
      expect(first.map(textOf)).toEqual(['a', 'b', 'c'])
      expect(await log.committed('g', 'alerts')).toEqual([3])
      await log.append('alerts', [record('k', 'd')])
      const second = await readGroup(
        log.consume({ group: 'g', topics: ['alerts'], signal: within() }),
        1,
      )
      expect(second.map(textOf)).toEqual(['d'])
      expect(await log.committed('other', 'alerts')).toEqual([undefined])
    })

    test('gives a batch again that was not committed', async () => {
      const crashing = await another()
      await log.append('alerts', [record('k', 'a'), record('k', 'b')])
      const taken = await readGroup(
        crashing.consume({ group: 'g', topics: ['alerts'], signal: within() }),
        2,
        'leave',
      )
      expect(taken.map(textOf)).toEqual(['a', 'b'])
      await crashing.close()
      const again = await readGroup(
        log.consume({ group: 'g', topics: ['alerts'], signal: within() }),
        2,
      )
      expect(again.map(textOf)).toEqual(['a', 'b'])
    })

    test('begins where `assigned` says, which wins over the committed offset', async () => {
      await log.append(
        'alerts',
        ['a', 'b', 'c'].map((v) => record('k', v)),
      )
      await log.append(
        'control',
        ['x', 'y'].map((v) => record('k', v)),
      )
      await readGroup(log.consume({ group: 'g', topics: ['alerts'], signal: within() }), 3)
      const leases: Lease[] = []
      const replay = log.consume({
        group: 'g',
        topics: ['alerts'],
        broadcast: ['control'],
        signal: within(),
        assigned: (lease) => {
          leases.push(lease)
          return Promise.resolve(
            new Map([
              ['alerts/0', 1],
              ['control/0', 1],
            ]),
          )
        },
      })
      const given = await readGroup(replay, 3)
      const textsOf = (topic: string): unknown =>
        given.filter((one) => one.topic === topic).map(textOf)
      expect(textsOf('alerts')).toEqual(['b', 'c'])
      expect(textsOf('control')).toEqual(['y'])
      expect(leases.map(({ partitions }) => partitions)).toEqual([
        [{ topic: 'alerts', partition: 0 }],
      ])
    })

    test('gives every member of a group the whole of a broadcast topic', async () => {
      await log.append('control', [record('k', 'for all')])
      const seen: string[] = []
      const member = async (client: EventLog, title: string): Promise<void> => {
        for await (const { records } of client.consume({
          group: 'g',
          topics: ['client-events'],
          broadcast: ['control'],
          signal: stop.signal,
        })) {
          for (const given of records)
            if (given.topic === 'control') seen.push(`${title} ${textOf(given) ?? ''}`)
        }
      }
      const reading = [member(log, 'one'), member(await another(), 'two')]
      await until(() => seen.includes('one for all') && seen.includes('two for all'))
      stop.abort()
      await Promise.all(reading)
    })

    test('spreads partitions over members, gives each to one of them, and takes back what a leaver had', async () => {
      const held = new Map<string, readonly string[]>()
      const member = async (
        client: EventLog,
        title: string,
        signal: AbortSignal,
      ): Promise<void> => {
        const options = {
          group: 'g',
          topics: ['client-events', 'sightings'] as const,
          signal,
          assigned: (lease: Lease) => {
            held.set(title, lease.partitions.map((p) => `${p.topic}/${p.partition}`).sort())
            return Promise.resolve(new Map<string, number>())
          },
          revoked: () => {
            held.delete(title)
            return Promise.resolve()
          },
        }
        for await (const batch of client.consume(options)) await batch.commit()
      }
      const all = [0, 1, 2, 3].flatMap((n) => [`client-events/${n}`, `sightings/${n}`]).sort()
      const leaving = new AbortController()
      const first = member(log, 'one', stop.signal)
      await until(() => held.get('one')?.length === 8)
      const second = member(await another(), 'two', leaving.signal)
      await until(() => held.get('one')?.length === 4 && held.get('two')?.length === 4)
      expect([...(held.get('one') ?? []), ...(held.get('two') ?? [])].sort()).toEqual(all)
      for (const numbers of held.values()) {
        const of = (topic: string): string[] =>
          numbers.filter((n) => n.startsWith(topic)).map((n) => n.slice(-1))
        expect(of('client-events')).toEqual(of('sightings'))
      }
      leaving.abort()
      await second
      await until(() => held.get('one')?.length === 8)
      expect(held.get('one')).toEqual(all)
      stop.abort()
      await first
    })

    test('gives all partitions to one member when they are one whole, and to the next when it leaves', async () => {
      const held = new Map<string, number>()
      const member = async (
        client: EventLog,
        title: string,
        signal: AbortSignal,
      ): Promise<void> => {
        const options = {
          ...{ group: 'g', topics: ['sightings'] as const, whole: true, signal },
          assigned: (lease: Lease) => {
            if (lease.partitions.length > 0) held.set(title, lease.partitions.length)
            return Promise.resolve(new Map<string, number>())
          },
          revoked: () => Promise.resolve(void held.delete(title)),
        }
        for await (const batch of client.consume(options)) await batch.commit()
      }
      const leaving = new AbortController()
      const first = member(log, 'one', leaving.signal)
      await until(() => held.get('one') === 4)
      const second = member(await another(), 'two', stop.signal)
      // Longer than a rebalance takes: a newcomer takes nothing from who holds.
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      expect([...held]).toEqual([['one', 4]])
      leaving.abort()
      await first
      await until(() => held.get('two') === 4)
      stop.abort()
      await second
    })

    test('refuses the commit and the fenced append of a lease that was taken over', async () => {
      await log.append('alerts', [record('k', 'a')])
      const old = await another()
      const reading = old.consume({ group: 'g', topics: ['alerts'], signal: stop.signal })
      const oldBatches = reading[Symbol.asyncIterator]()
      const held = (await oldBatches.next()).value as Batch
      const { lease } = held
      await log.append('decisions', [record('k', 'under the lease')], lease)
      await oldBatches.return?.()
      const next = log.consume({ group: 'g', topics: ['alerts'], signal: within() })
      for await (const batch of next) {
        expect(batch.lease.generation).toBeGreaterThan(lease.generation)
        await expect(held.commit()).rejects.toMatchObject({ code: 'fenced' })
        await expect(
          old.append('decisions', [record('k', 'too late')], lease),
        ).rejects.toMatchObject({ code: 'fenced' })
        await log.append('decisions', [record('k', 'its heir')], batch.lease)
        await batch.commit()
        break
      }
      expect((await allOf(log, ['decisions'])).map(textOf)).toEqual(['under the lease', 'its heir'])
    })

    test('keeps the lease of a reader told to stop until what it has in hand is committed', async () => {
      await log.append('alerts', [record('k', 'in hand')])
      const stopping = new AbortController()
      const leaver = await another()
      const reading = leaver.consume({ group: 'g', topics: ['alerts'], signal: stopping.signal })
      const batches = reading[Symbol.asyncIterator]()
      const held = (await batches.next()).value as Batch
      const given: string[] = []
      const heir = (async () => {
        const signal = within()
        for await (const batch of log.consume({ group: 'g', topics: ['alerts'], signal })) {
          given.push(...batch.records.map((one) => textOf(one) ?? ''))
          await batch.commit()
          if (given.includes('after')) return
        }
      })()
      stopping.abort()
      await leaver.append('alerts', [record('k', 'after')], held.lease)
      // Longer than a heartbeat: the lease is not merely slow to go.
      await new Promise((resolve) => setTimeout(resolve, 700))
      expect(given).toEqual([])
      await held.commit()
      expect((await batches.next()).done).toBe(true)
      await heir
      expect(given).toEqual(['after'])
    })

    test('keeps it in the same way for a reader that returns from its loop', async () => {
      await log.append('alerts', [record('k', 'a'), record('k', 'b')])
      const stopping = new AbortController()
      const options = { group: 'g', topics: ['alerts'] as const, maxRecords: 1 }
      for await (const batch of log.consume({ ...options, signal: stopping.signal })) {
        stopping.abort()
        await log.append('decisions', [record('k', 'effect')], batch.lease)
        await batch.commit()
        break
      }
      const rest = await readGroup(log.consume({ ...options, signal: within() }), 1)
      expect(rest.map(textOf)).toEqual(['b'])
    })

    test('lets a reader that ends write under its lease in `revoked`, and nobody else before', async () => {
      await log.append('alerts', [record('k', 'a')])
      const options = {
        group: 'g',
        topics: ['alerts'] as const,
        signal: within(),
        revoked: (lease: Lease) => log.append('decisions', [record('k', 'last words')], lease),
      }
      await readGroup(log.consume(options), 1)
      expect((await allOf(log, ['decisions'])).map(textOf)).toEqual(['last words'])
    })

    test('keeps the newest record of each key on a compacted topic, in order, at its offset', async () => {
      await log.append('servers', [
        record('a', '1'),
        record('b', '1'),
        record('a', '2'),
        record('c', '1'),
        record('a', '3'),
      ])
      expect(await log.ends('servers')).toEqual([5])
      await subject.compact()
      const records = (await allOf(log, ['servers'])).filter(({ key }) => key !== 'compaction')
      expect(records.map((r) => `${r.offset} ${r.key}=${textOf(r) ?? ''}`)).toEqual([
        '1 b=1',
        '3 c=1',
        '4 a=3',
      ])
    })

    test('forgets a key on a compacted topic once its deletion is old', async () => {
      await log.append('servers', [record('a', '1'), record('b', '1'), record('a', null)])
      await subject.compact()
      const keys = (await allOf(log, ['servers'])).map(({ key }) => key)
      expect(keys.filter((key) => key !== 'compaction')).toEqual(['b'])
    })

    test('takes a record of 1 MiB and refuses a larger one, saying the limit', async () => {
      const key = 'k'
      const largest = Buffer.alloc(1024 * 1024 - 1, 7)
      await log.append('snapshots', [{ key, value: largest, timestampMs: 1 }])
      const [stored] = await allOf(log, ['snapshots'])
      expect(stored?.value?.length).toBe(largest.length)
      const tooLarge = log.append('snapshots', [
        record('before', 'x'),
        { key, value: Buffer.alloc(1024 * 1024), timestampMs: 1 },
      ])
      const error = await tooLarge.catch((thrown: unknown) => thrown as EventLogError)
      expect(error).toMatchObject({ name: 'EventLogError', code: 'too-large' })
      expect(String(error)).toMatch(/1 MiB/)
      expect(await allOf(log, ['snapshots'])).toHaveLength(1)
    })

    test('takes an append larger than one message, in order', async () => {
      const value = Buffer.alloc(100_000, 1)
      await log.append(
        'alerts',
        Array.from({ length: 60 }, (_, n) => ({ key: 'k', value, timestampMs: n })),
      )
      expect((await allOf(log, ['alerts'])).map(({ timestampMs }) => timestampMs)).toEqual(
        Array.from({ length: 60 }, (_, n) => n),
      )
    })

    test('tells a follower of an empty log that it has caught up', async () => {
      expect(await allOf(log, ['alerts', 'decisions'])).toEqual([])
    })

    test('follows from the end, and from an offset', async () => {
      await log.append(
        'alerts',
        ['a', 'b', 'c'].map((v) => record('k', v)),
      )
      expect((await allOf(log, ['alerts'], new Map([['alerts/0', 2]]))).map(textOf)).toEqual(['c'])
      const seen: string[] = []
      for await (const { records, caughtUp } of log.follow({
        topics: ['alerts'],
        from: 'end',
        signal: within(),
      })) {
        seen.push(...records.map((r) => textOf(r) ?? ''))
        if (seen.length > 0) break
        if (caughtUp) await log.append('alerts', [record('k', 'new')])
      }
      expect(seen).toEqual(['new'])
    })

    test('says caughtUp with the first batch that reaches what was there, and with all after it', async () => {
      await log.append(
        'alerts',
        Array.from({ length: 2500 }, (_, n) => record('k', `${n}`)),
      )
      const told: boolean[] = []
      let given = 0
      for await (const { records, caughtUp } of log.follow({
        topics: ['alerts'],
        from: 'start',
        signal: within(),
      })) {
        told.push(caughtUp)
        given += records.length
        if (caughtUp && given === 2501) break
        if (caughtUp) await log.append('alerts', [record('k', 'more')])
      }
      expect(told.indexOf(true)).toBeGreaterThan(0)
      expect(told.slice(told.indexOf(true))).not.toContain(false)
    })

    test('wakes a waiting reader at once', async () => {
      const delays: number[] = []
      const reading = (async () => {
        for await (const { records } of log.consume({
          group: 'g',
          topics: ['alerts'],
          signal: stop.signal,
        })) {
          for (const { timestampMs } of records) delays.push(performance.now() - timestampMs)
        }
      })()
      const writer = await another()
      for (let n = 0; n < 50; n++) {
        await writer.append('alerts', [{ key: 'k', value: null, timestampMs: performance.now() }])
        await until(() => delays.length === n + 1)
      }
      stop.abort()
      await reading
      expect(delays.sort((a, b) => a - b)[25]).toBeLessThan(25)
    })

    test('ends what it gives when the signal aborts, at once', async () => {
      const consuming = readGroup(
        log.consume({ group: 'g', topics: ['alerts'], signal: stop.signal }),
        1,
      )
      const following = allOf(log, ['alerts']).then(async () => {
        for await (const batch of log.follow({
          topics: ['alerts'],
          from: 'start',
          signal: stop.signal,
        }))
          expect(batch.records).toEqual([])
      })
      await until(async () => (await log.ends('alerts')).length === 1)
      const since = Date.now()
      stop.abort()
      expect(await consuming).toEqual([])
      await following
      expect(Date.now() - since).toBeLessThan(500)
    })

    test('refuses everything once closed, and ends its readers', async () => {
      const client = await another()
      const reading = readGroup(
        client.consume({ group: 'g', topics: ['alerts'], signal: stop.signal }),
        1,
      )
      await client.ends('alerts')
      await client.close()
      expect(await reading).toEqual([])
      await expect(client.append('alerts', [record('k', 'v')])).rejects.toMatchObject({
        code: 'closed',
      })
      await expect(client.ends('alerts')).rejects.toMatchObject({ code: 'closed' })
      await client.close()
    })
  })
}

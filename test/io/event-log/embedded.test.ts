import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type EventLog, type Lease } from '../../../lib/event-log.ts'
import { allOf, readGroup, record, textOf, until } from './reading.ts'
import { eventLogContract } from './contract.ts'
import { OwnerOnDisk, runScript, type Script } from './processes.ts'

eventLogContract(
  'the embedded log',
  async () => {
    const owner = new OwnerOnDisk()
    await owner.start()
    return {
      connect: () => owner.connect(),
      compact: async () => {
        const log = await owner.connect()
        let before = -1
        await until(async () => {
          const count = (await allOf(log, ['servers'])).length
          const settled = count === before
          before = count
          await new Promise((resolve) => setTimeout(resolve, 60))
          return settled
        })
      },
      end: () => owner.end(),
    }
  },
  { globalOrder: true },
)

describe('the embedded log over several processes', () => {
  let owner: OwnerOnDisk
  let log: EventLog
  let stop: AbortController
  const scripts: Script[] = []

  beforeEach(async () => {
    owner = new OwnerOnDisk()
    await owner.start()
    log = await owner.connect()
    stop = new AbortController()
  })

  afterEach(async () => {
    stop.abort()
    for (const script of scripts.splice(0)) await script.end('SIGKILL')
    await owner.end()
  })

  const holder = async (): Promise<Script> => {
    const script = runScript('holder-process.ts', owner.socketPath)
    scripts.push(script)
    await until(() => script.lines.length > 0)
    return script
  }

  /** How long another member waits for what the holder held, and what it is given. */
  const takeOver = async (): Promise<{ waitedMs: number; values: (string | null)[] }> => {
    const since = performance.now()
    const batches = log.consume({ group: 'g', topics: ['alerts'], signal: stop.signal })
    for await (const batch of batches) {
      await batch.commit()
      return { waitedMs: performance.now() - since, values: batch.records.map(textOf) }
    }
    throw new Error('nothing was taken over')
  }

  test('replaces a holder that was killed, and gives its batch again', async () => {
    await log.append('alerts', [record('k', 'a'), record('k', 'b')])
    const held = await holder()
    expect(held.lines).toEqual(['holds 2'])
    await held.end('SIGKILL')
    const { waitedMs, values } = await takeOver()
    expect(values).toEqual(['a', 'b'])
    expect(waitedMs).toBeLessThan(1000)
  })

  test('replaces a holder that hangs within 5 s; woken later, it can neither commit nor write', async () => {
    await log.append('alerts', [record('k', 'a'), record('k', 'b')])
    const held = await holder()
    held.process.kill('SIGSTOP')
    const { waitedMs, values } = await takeOver()
    expect(values).toEqual(['a', 'b'])
    expect(waitedMs).toBeLessThan(5000)
    held.process.stdin?.write('go\n')
    held.process.kill('SIGCONT')
    await until(() => held.lines.length >= 3)
    expect(held.lines.slice(1, 3)).toEqual(['append fenced', 'commit fenced'])
    expect(await allOf(log, ['decisions'])).toEqual([])
    expect(await log.committed('g', 'alerts')).toEqual([2])
  }, 20_000)

  test('lets a consumer keep its lease and its place over a restart of the owner', async () => {
    const seen: string[] = []
    const told: string[] = []
    const options = {
      group: 'fold',
      topics: ['client-events'] as const,
      signal: stop.signal,
      assigned: () => {
        told.push('assigned')
        return Promise.resolve(new Map<string, number>())
      },
      revoked: () => {
        told.push('revoked')
        return Promise.resolve()
      },
    }
    const leases = new Set<number>()
    const reading = (async () => {
      for await (const batch of log.consume(options)) {
        seen.push(...batch.records.map((r) => textOf(r) ?? ''))
        leases.add(batch.lease.generation)
        await log.append('sightings', batch.records, batch.lease)
        await batch.commit()
      }
    })()
    const writer = await owner.connect()
    for (let n = 0; n < 30; n++) {
      if (n % 10 === 5) {
        await owner.kill()
        await Promise.all([
          owner.start(),
          writer.append('client-events', [record(`k${n}`, `${n}`)]),
        ])
      } else await writer.append('client-events', [record(`k${n}`, `${n}`)])
    }
    await until(() => seen.length >= 30)
    expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => `${n}`))
    expect(told).toEqual(['assigned'])
    expect(leases.size).toBe(1)
    expect((await allOf(log, ['sightings'])).map(textOf)).toEqual(seen)
    stop.abort()
    await reading
  }, 20_000)

  test('gives the lease to another when its holder does not come back after a restart', async () => {
    await log.append('alerts', [record('k', 'a')])
    const held = await holder()
    held.process.kill('SIGSTOP')
    await owner.kill()
    await owner.start()
    await held.end('SIGKILL')
    const { waitedMs, values } = await takeOver()
    expect(values).toEqual(['a'])
    expect(waitedMs).toBeLessThan(5000)
  }, 20_000)

  test('goes on with a follow over restarts of the owner: each record once, in order', async () => {
    const seen: string[] = []
    const reading = (async () => {
      for await (const { records } of log.follow({
        topics: ['alerts'],
        from: 'start',
        signal: stop.signal,
      })) {
        seen.push(...records.map((r) => textOf(r) ?? ''))
      }
    })()
    const writer = await owner.connect()
    for (let n = 0; n < 40; n++) {
      const appended = writer.append('alerts', [record('k', `${n}`)])
      if (n % 10 === 9) {
        await owner.kill()
        await owner.start()
      }
      await appended
    }
    await until(() => seen.length >= 40)
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => `${n}`))
    stop.abort()
    await reading
  }, 20_000)

  test('keeps every acknowledged record once and whole when the owner is killed during appends', async () => {
    const acknowledged: string[] = []
    let more = true
    const writer = async (title: string): Promise<void> => {
      const client = await owner.connect()
      for (let n = 0; more; n++) {
        const size = (n * 7919) % 5000
        const records = Array.from({ length: 20 }, (_, at) =>
          record(`${title}-${at}`, `${title} ${n} ${at} ${'x'.repeat(size)}`),
        )
        await client.append(n % 2 === 0 ? 'client-events' : 'scores', records)
        acknowledged.push(...records.map((r) => textOf(r) ?? ''))
      }
    }
    const writing = ['a', 'b', 'c'].map(writer)
    for (let round = 0; round < 4; round++) {
      const before = acknowledged.length
      await until(() => acknowledged.length > before + 500)
      await owner.kill()
      await owner.start()
    }
    more = false
    await Promise.all(writing)
    const stored = (await allOf(log, ['client-events'])).map((r) => textOf(r) ?? '')
    const wanted = acknowledged.filter((text) => Number(text.split(' ')[1]) % 2 === 0)
    expect(stored).toHaveLength(wanted.length)
    expect(new Set(stored)).toEqual(new Set(wanted))
  }, 60_000)

  test('fails appends as unavailable when the owner stays away, and works again when it is back', async () => {
    const impatient = await owner.connect({ unavailableAfterMs: 200 })
    await owner.kill()
    await expect(impatient.append('alerts', [record('k', 'lost')])).rejects.toMatchObject({
      code: 'unavailable',
    })
    await owner.start()
    await until(() =>
      impatient.append('alerts', [record('k', 'kept')]).then(
        () => true,
        () => false,
      ),
    )
    expect((await allOf(impatient, ['alerts'])).map(textOf)).toContain('kept')
  })

  test('holds appends back while the owner is slow, within the bound of bytes', async () => {
    const bounded = await owner.connect({ maxInFlightBytes: 100_000 })
    owner.process.kill('SIGSTOP')
    let done = 0
    const appends = Array.from({ length: 20 }, (_, n) =>
      bounded
        .append('alerts', [{ key: 'k', value: Buffer.alloc(30_000, n), timestampMs: n }])
        .then(() => (done += 1)),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(done).toBe(0)
    owner.process.kill('SIGCONT')
    await Promise.all(appends)
    expect((await allOf(log, ['alerts'])).map(({ timestampMs }) => timestampMs)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    )
  })

  test('gives what a group had not committed when the owner was killed, and nothing before it', async () => {
    await log.append(
      'alerts',
      ['a', 'b', 'c'].map((v) => record('k', v)),
    )
    const batches = log.consume({
      group: 'g',
      topics: ['alerts'],
      signal: stop.signal,
      maxRecords: 2,
    })
    await readGroup(batches, 2)
    await owner.kill()
    await owner.start()
    const rest = await readGroup(
      log.consume({ group: 'g', topics: ['alerts'], signal: stop.signal }),
      1,
    )
    expect(rest.map(textOf)).toEqual(['c'])
  }, 20_000)

  test('hands over to a joining member only after the holder let go of its batch', async () => {
    await log.append(
      'client-events',
      Array.from({ length: 40 }, (_, n) => record(`k${n}`, `${n}`)),
    )
    const story: string[] = []
    const member = async (client: EventLog, title: string, pauseMs: number): Promise<void> => {
      const options = {
        group: 'g',
        topics: ['client-events'] as const,
        signal: stop.signal,
        assigned: (lease: Lease) => {
          story.push(`${title} has ${lease.partitions.length}`)
          return Promise.resolve(new Map<string, number>())
        },
        revoked: () => {
          story.push(`${title} lost`)
          return Promise.resolve()
        },
      }
      for await (const batch of client.consume(options)) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        await batch.commit()
        story.push(`${title} committed`)
      }
    }
    const first = member(log, 'one', 300)
    await until(() => story.includes('one has 4'))
    const second = member(await owner.connect(), 'two', 0)
    await until(() => story.includes('two has 2'))
    expect(story.slice(0, 3)).toEqual(['one has 4', 'one committed', 'one lost'])
    stop.abort()
    await Promise.all([first, second])
  }, 20_000)
})

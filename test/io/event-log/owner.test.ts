import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectEventLog } from '../../../io/event-log/connect.ts'
import { startLogOwner, type LogOwnerOptions } from '../../../io/event-log/owner.ts'
import { writeFrame, frameBytes } from '../../../io/event-log/record-frame.ts'
import {
  blankMessage,
  jsonMessage,
  MESSAGE_HEADER_BYTES,
  MessageReader,
  TYPE,
  type Message,
} from '../../../io/event-log/wire.ts'
import { type EventLog } from '../../../lib/event-log.ts'
import { SILENT } from '../../../lib/logger.ts'
import { NO_METRICS } from '../../../lib/metrics.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { allOf, record, textOf, until } from './reading.ts'

const DAY_MS = 86_400_000

describe('the owner of the embedded log', () => {
  let folder: string
  let nowMs: number
  let stopOwner: () => Promise<void>
  const clients: EventLog[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-log-'))
    nowMs = Date.UTC(2026, 0, 1)
    stopOwner = () => Promise.resolve()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
    await stopOwner()
    rmSync(folder, { recursive: true, force: true })
  })

  const socketPath = (): string => join(folder, 'log.sock')

  const start = async (options: Partial<LogOwnerOptions> = {}): Promise<void> => {
    const stop = new AbortController()
    const owner = await startLogOwner({
      dataDir: folder,
      socketPath: socketPath(),
      fsync: 'process',
      tidyEveryMs: 5,
      reserveBytes: 0,
      now: () => nowMs,
      logger: SILENT,
      metrics: NO_METRICS,
      signal: stop.signal,
      ...options,
    })
    stopOwner = async () => {
      stop.abort()
      await owner.closed
    }
  }

  const open = async (): Promise<EventLog> => {
    const log = await connectEventLog({ socketPath: socketPath(), unavailableAfterMs: 2000 })
    clients.push(log)
    return log
  }

  const segments = (): string[] =>
    readdirSync(join(folder, 'event-log')).filter((name) => name.endsWith('.segment'))

  test('has everything again after it was closed and opened', async () => {
    await start()
    const before = await open()
    await before.append('alerts', [record('k', 'a')])
    await before.append('scores', [record('k', 'b')])
    await stopOwner()
    await start()
    const after = await open()
    expect((await allOf(after, ['alerts', 'scores'])).map(textOf)).toEqual(['a', 'b'])
    await after.append('alerts', [record('k', 'c')])
    expect(await after.ends('alerts')).toEqual([2])
  })

  test('keeps the promise of fsync full with the same contents', async () => {
    await start({ fsync: 'full', segmentBytes: 2000 })
    const log = await open()
    const values = Array.from({ length: 30 }, (_, n) => `${n}`.padEnd(200))
    for (const value of values) await log.append('alerts', [record('k', value)])
    expect((await allOf(log, ['alerts'])).map(textOf)).toEqual(values)
  })

  test('drops whole segments once their newest record is past the topic’s time', async () => {
    await start({ segmentBytes: 1000 })
    const log = await open()
    for (let day = 0; day < 10; day++) {
      await log.append('dead-letters', [record('k', `day ${day}`.padEnd(500))])
      nowMs += DAY_MS
    }
    await until(async () => (await allOf(log, ['dead-letters'])).length === 7)
    const kept = await allOf(log, ['dead-letters'])
    expect(kept.map((r) => `${r.offset} ${textOf(r)?.trim() ?? ''}`)).toEqual([
      '3 day 3',
      '4 day 4',
      '5 day 5',
      '6 day 6',
      '7 day 7',
      '8 day 8',
      '9 day 9',
    ])
    expect(segments()).toHaveLength(7)
    nowMs += 30 * DAY_MS
    await until(() => segments().length === 0)
    expect(await log.ends('dead-letters')).toEqual([10])
    await log.append('dead-letters', [record('k', 'new')])
    expect((await allOf(log, ['dead-letters'])).map(({ offset }) => offset)).toEqual([10])
  })

  test('drops the oldest segments of all topics while the log is larger than it may be', async () => {
    await start({ segmentBytes: 10_000, maxBytes: 60_000 })
    const log = await open()
    for (let n = 0; n < 100; n++) {
      nowMs += 1000
      await log.append(n % 2 === 0 ? 'alerts' : 'dead-letters', [record('k', `${n}`.padEnd(2000))])
    }
    const bytes = (): number =>
      segments().reduce((sum, name) => sum + statSync(join(folder, 'event-log', name)).size, 0)
    await until(() => bytes() <= 60_000)
    const kept = (await allOf(log, ['alerts', 'dead-letters'])).map((r) => Number(textOf(r)))
    expect(kept.at(-1)).toBe(99)
    expect(kept.length).toBeGreaterThan(20)
    expect(kept).toEqual([...kept].sort((a, b) => a - b))
  })

  test('keeps a superseded record for the lag, and a deletion for its time', async () => {
    await start({ compaction: { lagMs: 60_000, tombstoneMs: DAY_MS } })
    const log = await open()
    const values = async (): Promise<string> =>
      (await allOf(log, ['servers'])).map((r) => textOf(r) ?? 'deleted').join(' ')
    await log.append('servers', [record('a', '1'), record('a', '2'), record('a', null)])
    nowMs += 59_000
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await values()).toBe('1 2 deleted')
    nowMs += 2000
    await until(async () => (await values()) === 'deleted')
    nowMs += DAY_MS
    await until(async () => (await values()) === '')
  })

  test('cuts off what a crash left behind the last commit, and a file without a row', async () => {
    await start()
    const log = await open()
    await log.append('alerts', [record('k', 'a')])
    await stopOwner()
    const [name = ''] = segments()
    appendFileSync(join(folder, 'event-log', name), Buffer.alloc(77, 1))
    writeFileSync(join(folder, 'event-log', '000000009999.segment'), 'stray')
    await start()
    await until(() => log.append('alerts', [record('k', 'b')]).then(() => true))
    expect((await allOf(log, ['alerts'])).map(textOf)).toEqual(['a', 'b'])
    expect(segments()).toEqual([name])
  })

  test('refuses a second owner of the same folder, and leaves the first its socket', async () => {
    await start()
    const log = await open()
    const second = startLogOwner({
      dataDir: folder,
      socketPath: socketPath(),
      fsync: 'process',
      logger: SILENT,
      metrics: NO_METRICS,
      signal: new AbortController().signal,
    })
    await expect(second).rejects.toThrow('another process owns this event log')
    await log.append('alerts', [record('k', 'a')])
    await (await open()).ends('alerts')
  })

  test('refuses to open with another number of partitions: keys would move', async () => {
    await start()
    await stopOwner()
    const topics = { ...TOPICS, scores: { ...TOPICS.scores, partitions: 8 } }
    await expect(start({ topics })).rejects.toThrow(
      'topic scores is stored with 4 partitions, compact; it cannot become 8 partitions, compact',
    )
  })

  test('refuses appends below the space it reserves; readers and their commits go on', async () => {
    await start()
    const first = await open()
    await first.append('alerts', [record('k', 'a')])
    await stopOwner()
    await start({ reserveBytes: Number.MAX_SAFE_INTEGER })
    const log = await open()
    await expect(log.append('alerts', [record('k', 'b')])).rejects.toMatchObject({
      code: 'disk-full',
    })
    const signal = AbortSignal.timeout(5000)
    for await (const batch of log.consume({ group: 'g', topics: ['alerts'], signal })) {
      await batch.commit()
      break
    }
    expect(await log.committed('g', 'alerts')).toEqual([1])
  })

  test('says disk-full on a full disk, keeps what it had, and recovers when there is space', async () => {
    const disk = join(folder, 'disk')
    spawnSync('mkdir', [disk])
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'none', disk])
    if (mounted.status !== 0) return
    try {
      await start({ dataDir: disk, segmentBytes: 100_000 })
      const log = await open()
      await log.append('alerts', [record('k', 'first')])
      let stored = 1
      const value = 'x'.repeat(50_000)
      for (const topic of ['alerts', 'scores'] as const) {
        const full = (async () => {
          for (;;) {
            await log.append(topic, [record('k', value)])
            stored += 1
          }
        })()
        await expect(full).rejects.toMatchObject({ code: 'disk-full' })
      }
      expect(await allOf(log, ['alerts', 'scores'])).toHaveLength(stored)
      spawnSync('mount', ['-o', 'remount,size=12m', disk])
      await log.append('alerts', [record('k', 'last')])
      await log.append('scores', [record('k', 'last')])
      expect(await allOf(log, ['alerts', 'scores'])).toHaveLength(stored + 2)
      await stopOwner()
      stopOwner = () => Promise.resolve()
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })

  const talk = async (messages: readonly Buffer[], answers: number): Promise<Message[]> => {
    const socket = connect(socketPath())
    const reader = new MessageReader()
    const got: Message[] = []
    socket.on('data', (chunk: Buffer) => got.push(...reader.push(chunk)))
    for (const message of messages) socket.write(message)
    await until(() => got.length >= answers)
    socket.destroy()
    return got
  }

  test('stores an append once however often it is sent again, over connections and restarts', async () => {
    await start()
    const log = await open()
    const hello = jsonMessage(TYPE.hello, 0, { version: 1, client: 'the same client' })
    const one = record('k', 'once')
    const append = (id: number): Buffer => {
      const message = blankMessage(TYPE.append, id, 3 + frameBytes(one))
      message[MESSAGE_HEADER_BYTES] = 9
      message.writeUInt16LE(0, MESSAGE_HEADER_BYTES + 1)
      writeFrame(message, MESSAGE_HEADER_BYTES + 3, 9, one)
      return message
    }
    const [welcome] = await talk([hello], 1)
    expect(String(welcome?.body)).toContain('{"id":9,"name":"alerts","partitions":1}')
    const answers = await talk([hello, append(1), append(1), append(2)], 4)
    expect(answers.map(({ type }) => type)).toEqual([TYPE.welcome, TYPE.done, TYPE.done, TYPE.done])
    await talk([hello, append(2)], 2)
    await stopOwner()
    await start()
    await talk([hello, append(1), append(2), append(3)], 4)
    expect(await allOf(log, ['alerts'])).toHaveLength(3)
  })

  test('ends a client that sends no messages of ours, and serves the others', async () => {
    await start()
    const log = await open()
    const garbage = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(64, 0xff),
      jsonMessage(TYPE.ends, 1, { topic: 'alerts' }),
      jsonMessage(TYPE.hello, 1, { version: 99, client: 'x' }),
      Buffer.concat([
        jsonMessage(TYPE.hello, 0, { version: 1, client: 'x' }),
        jsonMessage(TYPE.join, 2, { group: 7 }),
      ]),
    ]
    for (const bytes of garbage) {
      const socket = connect(socketPath())
      socket.on('error', () => undefined)
      socket.resume()
      socket.write(bytes)
      await once(socket, 'close')
    }
    await log.append('alerts', [record('k', 'still here')])
  })

  test('is for its user only', async () => {
    await start()
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'event-log')).mode & 0o777).toBe(0o700)
  })

  test('says so when the path of the socket is longer than a socket’s path may be', async () => {
    const long = join(folder, 'x'.repeat(120))
    await expect(start({ socketPath: long })).rejects.toThrow('longer than 107 bytes')
  })
})

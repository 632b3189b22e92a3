import { describe, expect, test } from '@jest/globals'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { EventLogError, type EventLogErrorCode, type LogRecord } from '../../lib/event-log.ts'
import { createOutbox, type OutboxLimits } from '../../lib/outbox.ts'
import { exampleRecord } from '../support/example-record.ts'

const LIMITS: OutboxLimits = { maxBytes: 1_000_000, maxBatch: 2, gatherMs: 0, retryMs: [10, 20] }

const alert = (entity: string): AnyRecord => ({
  type: 'Alert',
  record: exampleRecord('Alert', { entity }),
})

/** An outbox over a log that answers with `faults` first; what happened, in order, as words. */
function play(faults: readonly EventLogErrorCode[] = [], limits = LIMITS) {
  const happened: string[] = []
  const appended: LogRecord[] = []
  const codec = singleObjectCodec()
  const script = [...faults]
  const outbox = createOutbox(
    {
      codec,
      metrics: {
        count: (name, by, labels) =>
          happened.push(`${name} ${by ?? 1} ${Object.values(labels ?? {}).join(' ')}`),
        gauge: () => undefined,
        observe: () => undefined,
      },
      log: {
        append(topic, records) {
          happened.push(`append ${topic} ${records.map(({ key }) => key).join()}`)
          appended.push(...records)
          const fault = script.shift()
          return fault === undefined
            ? Promise.resolve()
            : Promise.reject(new EventLogError(fault, fault))
        },
      },
      stage: 'capture',
      sleep: (ms) => Promise.resolve(void happened.push(`sleep ${ms}`)),
    },
    limits,
  )
  const letters = (): object[] =>
    appended.flatMap(({ value }) => {
      const decoded = codec.decode(value ?? new Uint8Array())
      return decoded.kind === 'record' && decoded.type === 'DeadLetter' ? [decoded.record] : []
    })
  return { outbox, happened, letters }
}

describe('outbox', () => {
  test('appends in batches, in the order records were put', async () => {
    const { outbox, happened } = play()
    for (const entity of ['a', 'b', 'c']) outbox.put(alert(entity))
    const stop = new AbortController()
    const running = outbox.run(stop.signal)
    await outbox.drained()
    stop.abort()
    await running
    expect(happened).toEqual([
      'append alerts a,b',
      'vestibule_events_total 2 alerts',
      'append alerts c',
      'vestibule_events_total 1 alerts',
    ])
  })

  test('tries again while the log is away, and loses nothing', async () => {
    const { outbox, happened } = play(['unavailable', 'disk-full', 'unavailable'])
    outbox.put(alert('a'))
    const stop = new AbortController()
    const running = outbox.run(stop.signal)
    await outbox.drained()
    stop.abort()
    await running
    expect(happened).toEqual([
      ...['append alerts a', 'sleep 10', 'append alerts a', 'sleep 20', 'append alerts a'],
      ...['sleep 20', 'append alerts a', 'vestibule_events_total 1 alerts'],
    ])
  })

  test('counts what the log will never take', async () => {
    const { outbox, happened } = play(['too-large'])
    outbox.put(alert('a'))
    const stop = new AbortController()
    const running = outbox.run(stop.signal)
    await outbox.drained()
    stop.abort()
    await running
    expect(happened).toEqual([
      'append alerts a',
      'vestibule_dropped_total 1 capture alerts too-large',
    ])
  })

  test('drops and counts when it is full, and never waits', () => {
    const { outbox, happened } = play([], { ...LIMITS, maxBytes: 1 })
    expect([outbox.put(alert('a')), outbox.put(alert('b'))]).toEqual([true, false])
    expect(happened).toEqual(['vestibule_dropped_total 1 capture alerts outbox-full'])
  })

  test('counts what is left when it is told to stop while the log stays away', async () => {
    const { outbox, happened } = play(['unavailable', 'unavailable'])
    outbox.put(alert('a'))
    await outbox.run(AbortSignal.abort())
    expect(happened).toEqual([
      ...['append alerts a', 'sleep 10', 'append alerts a'],
      'vestibule_dropped_total 1 capture alerts stopped',
    ])
  })

  test('appends what is left when it is told to stop', async () => {
    const { outbox, happened } = play()
    outbox.put(alert('a'))
    await outbox.run(AbortSignal.abort())
    expect(happened).toEqual(['append alerts a', 'vestibule_events_total 1 alerts'])
  })

  test('a record put for later is made only when it is sent, after those before it', async () => {
    const { outbox, happened } = play()
    outbox.put(alert('a'))
    outbox.putLater('Alert', () => {
      happened.push('made b')
      return alert('b')
    })
    expect(happened).toEqual([])
    await outbox.run(AbortSignal.abort())
    expect(happened).toEqual(['made b', 'append alerts a,b', 'vestibule_events_total 2 alerts'])
  })

  test('a record that breaks its schema is dropped, counted and told of, and those around it go on', async () => {
    const { outbox, happened, letters } = play()
    const broken = (): AnyRecord => ({
      type: 'Alert',
      record: { ...exampleRecord('Alert', { entity: 'b', sensor: 'tap' }), observedAt: 0.5 },
    })
    expect(outbox.put(alert('a'))).toBe(true)
    expect(outbox.put(broken())).toBe(false)
    expect(outbox.putLater('Alert', broken)).toBe(true)
    outbox.put(alert('c'))
    await outbox.run(AbortSignal.abort())
    expect(happened).toEqual([
      'vestibule_dropped_total 1 capture alerts unencodable',
      'append alerts a',
      'vestibule_events_total 1 alerts',
      'append dead-letters tap',
      'vestibule_events_total 1 dead-letters',
      'vestibule_dropped_total 1 capture alerts unencodable',
      'append dead-letters tap',
      'vestibule_events_total 1 dead-letters',
      'append alerts c',
      'vestibule_events_total 1 alerts',
    ])
    expect(letters()[0]).toMatchObject({
      code: 'unencodable',
      topic: 'alerts',
      place: 'Alert.observedAt',
      firstBytes: new Uint8Array(),
    })
  })

  test('what is not made yet counts against the bound too', () => {
    const { outbox, happened } = play([], { ...LIMITS, maxBytes: 4_097 })
    const later = (): boolean => outbox.putLater('Alert', () => alert('a'))
    expect([later(), later(), later()]).toEqual([true, true, false])
    expect(happened).toEqual(['vestibule_dropped_total 1 capture alerts outbox-full'])
  })
})

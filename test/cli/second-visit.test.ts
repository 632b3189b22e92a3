import { beforeAll, describe, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { mergeByTime } from '../../cli/backtest/merge-by-time.ts'
import { readRecords } from '../../cli/backtest/read-records.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { addressText } from '../../lib/client-entity.ts'
import { connectionId } from '../../lib/event-id.ts'
import { createBacktest, type BacktestClient } from '../../processors/backtest.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo')
const HOUR_US = 3_600_000_000

/** Other bytes, always the same ones. */
function other(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest().subarray(0, 16)
}

/** The record as of another client, and of another time: the same program, all else is new. */
function asOf(any: AnyRecord, network: readonly number[], laterUs: number): AnyRecord | undefined {
  if (!('clientAddress' in any.record) || any.record.clientAddress === null) return undefined
  const clientAddress = Uint8Array.from(any.record.clientAddress)
  clientAddress.set(network, 12)
  const eventId = other(Buffer.concat([any.record.eventId, clientAddress]))
  const observedAt = any.record.observedAt + laterUs
  const moved = { eventId, observedAt, ingestedAt: observedAt, clientAddress }
  if (any.type === 'SshAuthAttempt') return { ...any, record: { ...any.record, ...moved } }
  if (any.type !== 'SshConnection' || any.record.cookie === null) return undefined
  const cookie = other(Buffer.concat([any.record.cookie, clientAddress]))
  const id = connectionId(clientAddress, any.record.clientPort, cookie)
  return { ...any, record: { ...any.record, ...moved, cookie, connectionId: id } }
}

/** Of the demonstration: who logs in by key first, and the guessers, whose programs have a HASSH. */
const ORDINARY = '198.51.100.20'
const GUESSERS = ['203.0.113.67', '203.0.113.70', '203.0.113.73']

function comeBack(client: string): string {
  return client.replace('203.0.113.', '192.88.99.')
}

describe('guessers that come back with other addresses, where hundreds log in', () => {
  let before: ReadonlyMap<string, BacktestClient>
  let after: ReadonlyMap<string, BacktestClient>
  const reputation = new Map<string, number>()

  beforeAll(async () => {
    const files = ['demo.pcap.gz', 'demo.auth.log'].map((file) =>
      readRecords(join(DEMO, file), () => undefined),
    )
    const records: AnyRecord[] = []
    for await (const any of mergeByTime(files)) records.push(any)
    const of = (client: string): AnyRecord[] =>
      records.filter(
        ({ record }) =>
          'clientAddress' in record &&
          record.clientAddress !== null &&
          addressText(record.clientAddress) === client,
      )
    const folds = createBacktest(undefined, ({ entity, contributions }) => {
      const found = contributions.find(({ feature }) => feature === 's_hassh_rep')
      const client = entity.slice(entity.indexOf(':') + 1).split(/[|#]/)[0] ?? ''
      if (found !== undefined) reputation.set(client, found.nats)
    })
    const feed = (some: readonly (AnyRecord | undefined)[]): void => {
      for (const any of some) if (any !== undefined) folds.feed(any)
    }
    const courses = (): ReadonlyMap<string, BacktestClient> =>
      new Map(folds.clients().map((client) => [client.client, client]))
    // One connection and its login, as of 400 people in as many networks.
    const login = of(ORDINARY).slice(0, 2)
    for (let n = 0; n < 400; n += 1) {
      feed(login.map((any) => asOf(any, [10, n >> 8, n & 255], -HOUR_US)))
    }
    feed(records)
    before = courses()
    feed(GUESSERS.flatMap(of).map((any) => asOf(any, [192, 88, 99], HOUR_US)))
    after = courses()
  })

  test('are met with the reputation that their programs earned the first time', () => {
    const met = GUESSERS.map((client) => reputation.get(comeBack(client)) ?? 0)
    expect(met.map((nats) => nats > 2)).toEqual([true, true, true])
    const against = [...reputation].filter(([, nats]) => nats > 0).map(([client]) => client)
    expect(against.sort()).toEqual([...GUESSERS.map(comeBack), ...GUESSERS])
  })

  test('are suspected sooner than the first time', () => {
    const alarms = GUESSERS.map((client) => [
      before.get(client)?.alarm?.events,
      after.get(comeBack(client))?.alarm?.events,
    ])
    expect(alarms).toEqual([
      [15, 9],
      [7, 6],
      [15, 11],
    ])
  })
})

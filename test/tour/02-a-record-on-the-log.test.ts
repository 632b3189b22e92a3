import { expect, test } from '@jest/globals'
import { memoryEventLog } from '../../io/event-log/memory.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type Batch, type EventLog } from '../../lib/event-log.ts'
import { partitionOf } from '../../lib/murmur2.ts'
import { encoded } from '../../lib/encoded.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { SECOND, T0, tlsHello } from '../processors/records.ts'

/**
 * Chapter 2. Stages never call one another: they meet on the event log. schemas/topics.ts names every
 * topic; all that is seen of or done to a client goes to one of them, `client-events`, under one key.
 * This log lives in memory and keeps the contract of the embedded one (lib/event-log.ts), which one
 * suite tests against both.
 */
const codec = singleObjectCodec()
const hello = (client: string, second: number) =>
  encoded({ type: 'TlsHello', record: tlsHello(client, T0 + second * SECOND) }, codec)

/** Reads one batch as a member of the group, does its work, and leaves the group. */
async function readOne(log: EventLog, group: string, work: (batch: Batch) => Promise<void>) {
  const signal = AbortSignal.timeout(5_000)
  for await (const batch of log.consume({ group, topics: ['client-events'], signal })) {
    await work(batch)
    return batch
  }
  throw new Error('no batch came')
}
const commit = (batch: Batch): Promise<void> => batch.commit()
const die = (): Promise<void> => Promise.resolve()

test('a client is one key: an IPv4 address, or the /64 an IPv6 address lies in', () => {
  expect(hello('192.0.2.7', 0).key).toBe('192.0.2.7')
  // Whoever has one address of a /64 has all of them.
  expect(hello('2001:db8:0:1::a', 0).key).toBe('2001:db8:0:1::/64')
  expect(hello('2001:db8:0:1::b', 0).key).toBe('2001:db8:0:1::/64')
  // The key picks the partition, as Kafka does it: one client, one partition, one order.
  expect(TOPICS['client-events'].partitions).toBe(4)
  expect(['192.0.2.7', '192.0.2.8'].map((key) => partitionOf(key, 4))).toEqual([2, 1])
})

test('the records of a client are read in the order in which they were appended', async () => {
  const log = memoryEventLog()
  // Resolves when the records are durable; this is the only acknowledgement there is.
  await log.append('client-events', [hello('192.0.2.7', 1), hello('192.0.2.8', 2)])
  await log.append('client-events', [hello('192.0.2.7', 3)])
  const { records } = await readOne(log, 'reader', commit)
  const ofOne = records.filter(({ key }) => key === '192.0.2.7')
  expect(ofOne.map(({ timestampMs }) => timestampMs - T0 / 1000)).toEqual([1_000, 3_000])
  expect(ofOne.map(({ offset }) => offset)).toEqual([0, 1])
  await log.close()
})

test('what was read and not committed is read again: commit comes after the effect', async () => {
  const log = memoryEventLog()
  await log.append('client-events', [hello('192.0.2.7', 1)])
  const lost = await readOne(log, 'sink', die)
  expect(lost.records).toHaveLength(1)
  // This reader died before its rows were stored. Its successor is given the same record ...
  const again = await readOne(log, 'sink', commit)
  expect(again.records).toEqual(lost.records)
  // ... while the dead one, should it wake up, can commit no more: its lease has been taken over.
  await expect(lost.commit()).rejects.toMatchObject({ code: 'fenced' })
  // After a commit only what is new is given. So every effect must bear a repetition.
  await log.append('client-events', [hello('192.0.2.7', 2)])
  const fresh = await readOne(log, 'sink', commit)
  expect(fresh.records.map(({ offset }) => offset)).toEqual([1])
  await log.close()
})

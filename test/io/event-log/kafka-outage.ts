import { expect } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EventLog } from '../../../lib/event-log.ts'
import { type Broker } from '../../../scripts/kafka/broker.ts'
import { kafkaUnderTest, type ClientName } from './kafka-under-test.ts'
import { allOf, record, textOf, until } from './reading.ts'

/** Appends that wait at most: who appends bounds what waits, as the services do. */
const WAITING = 20

/**
 * A broker goes away under a producer, a consumer that writes under its lease, and a follower, and comes back:
 * producers hold what they have and go on, nothing is lost, nothing doubled, the order of a key is kept.
 */
export async function outage(
  broker: Broker,
  client: ClientName,
  how: 'SIGSTOP' | 'SIGKILL',
  awayMs: number,
): Promise<void> {
  const subject = kafkaUnderTest(broker.brokers, client, { unavailableAfterMs: awayMs + 60_000 })
  const [writer, reader] = [await subject.connect(), await subject.connect()]
  const stop = new AbortController()
  const given: string[] = []
  const reading = (async () => {
    const options = { group: 'g', topics: ['alerts'] as const, signal: stop.signal }
    for await (const batch of reader.consume(options)) {
      const texts = batch.records.map((one) => textOf(one) ?? '')
      await ifHeld(
        (async () => {
          const effects = texts.map((text) => record(`effect ${text}`, text))
          await reader.append('decisions', effects, batch.lease)
          await batch.commit()
          given.push(...texts)
        })(),
      )
    }
  })()
  await until(async () => (await reader.committed('g', 'alerts')).length === 1)
  const produced = await produceThrough(writer, broker, how, awayMs)
  const names = Array.from({ length: produced.count }, (_, n) => `${n}`)
  await until(() => new Set(given).size === names.length, 60_000)
  stop.abort()
  await reading
  // What was waiting while the broker was away was held back, not dropped and not piled up.
  expect(produced.mostWaiting).toBe(WAITING)
  expect((await allOf(writer, ['alerts'])).map(textOf)).toEqual(names)
  const effects = (await allOf(writer, ['decisions'])).map((one) => textOf(one) ?? '')
  expect([...new Set(effects)].sort()).toEqual([...names].sort())
  await reader.close()
  await writer.close()
  await subject.end()
}

async function produceThrough(
  log: EventLog,
  broker: Broker,
  how: 'SIGSTOP' | 'SIGKILL',
  awayMs: number,
): Promise<{ count: number; mostWaiting: number }> {
  const pid = broker.pid() ?? 0
  let [count, mostWaiting, over] = [0, 0, false]
  const waiting = new Set<Promise<void>>()
  const producing = (async () => {
    while (!over) {
      const appended = log.append('alerts', [record('k', `${count}`)])
      count += 1
      waiting.add(appended)
      void appended.then(() => waiting.delete(appended))
      mostWaiting = Math.max(mostWaiting, waiting.size)
      if (waiting.size >= WAITING) await Promise.race(waiting)
      await sleep(2)
    }
    await Promise.all(waiting)
  })()
  await sleep(300)
  if (how === 'SIGSTOP') process.kill(pid, 'SIGSTOP')
  else await broker.end('SIGKILL')
  await sleep(awayMs)
  if (how === 'SIGSTOP') process.kill(pid, 'SIGCONT')
  else await broker.start()
  const before = count
  await until(() => count > before + 100, 60_000)
  over = true
  await producing
  return { count, mostWaiting }
}

/** The group may have gone on without a member that could not be heard: its batch is then another's. */
async function ifHeld(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'fenced' })
  })
}

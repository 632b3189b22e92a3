import { afterEach, describe, expect, test } from '@jest/globals'
import { Producer } from '@platformatic/kafka'
import { readFileSync } from 'node:fs'
import { openKafkaLog } from '../../../io/event-log/kafka/kafka-log.ts'
import { topicPlans } from '../../../io/event-log/kafka/kafka-topics.ts'
import { PlatformaticClient } from '../../../io/event-log/kafka/platformatic/platformatic-client.ts'
import { freshPrefix, sharedBroker } from '../../support/kafka.ts'
import { connectionTo } from './kafka-connection.ts'
import { kafkaUnderTest } from './kafka-under-test.ts'
import { runScript, type Script } from './processes.ts'
import { allOf, record, textOf, until } from './reading.ts'

const broker = await sharedBroker()
const withBroker = broker === undefined ? describe.skip : describe
const brokers = broker?.brokers ?? ''
const scripts: Script[] = []

afterEach(async () => {
  for (const script of scripts.splice(0)) await script.end('SIGKILL')
})

async function holderOn(prefix: string): Promise<Script> {
  const script = runScript('kafka-holder-process.ts', `${brokers} ${prefix}`)
  scripts.push(script)
  await until(() => script.lines.length > 0, 15_000)
  return script
}

withBroker('the event log on a real Kafka broker', () => {
  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'gives the batch of a holder that got %s to another; woken later it can neither write nor commit',
    async (signal) => {
      const subject = kafkaUnderTest(brokers, 'platformatic')
      const log = await subject.connect()
      await log.append('alerts', [record('k', 'a'), record('k', 'b')])
      const holder = await holderOn(subject.prefix)
      expect(holder.lines).toEqual(['holds 2'])
      if (signal === 'SIGKILL') await holder.end(signal)
      else holder.process.kill(signal)
      const stop = AbortSignal.timeout(25_000)
      for await (const batch of log.consume({ group: 'g', topics: ['alerts'], signal: stop })) {
        expect(batch.records.map(textOf)).toEqual(['a', 'b'])
        await log.append('decisions', [record('k', 'by its heir')], batch.lease)
        await batch.commit()
        break
      }
      if (signal === 'SIGSTOP') {
        holder.process.stdin?.write('go\n')
        holder.process.kill('SIGCONT')
        await until(() => holder.lines.length >= 3, 15_000)
        expect(holder.lines.slice(1, 3)).toEqual(['append fenced', 'commit fenced'])
      }
      expect((await allOf(log, ['decisions'])).map(textOf)).toEqual(['by its heir'])
      expect(await log.committed('g', 'alerts')).toEqual([2])
      await log.close()
      await subject.end()
    },
    60_000,
  )

  test('refuses a topic that exists with other settings, naming setting, found and wanted', async () => {
    const prefix = freshPrefix()
    const client = new PlatformaticClient(connectionTo(brokers))
    const plan = topicPlans(prefix).find(({ topic }) => topic === `${prefix}scores`)
    if (plan === undefined) throw new Error('no plan of scores')
    await client.create([{ ...plan, partitions: 2 }])
    await expect(openKafkaLog(client, prefix)).rejects.toThrow(
      `topic ${prefix}scores exists with partitions = 2, but Vestibule needs 4`,
    )
  }, 20_000)

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'speaks TLS and logs in with %s',
    async (mechanism) => {
      if (broker === undefined) return
      const { brokers: at, ca, user: username, password } = broker.secure
      const connection = connectionTo(at, {
        tls: { ca: readFileSync(ca) },
        sasl: { mechanism, username, password },
      })
      const log = await openKafkaLog(new PlatformaticClient(connection), freshPrefix())
      await log.append('alerts', [record('k', 'over TLS')])
      expect((await allOf(log, ['alerts'])).map(textOf)).toEqual(['over TLS'])
      await log.close()
    },
    20_000,
  )

  test.each(['gzip', 'zstd'] as const)(
    'reads what was sent compressed with %s',
    async (compression) => {
      const client = new PlatformaticClient(connectionTo(brokers, { compression }))
      const log = await openKafkaLog(client, freshPrefix())
      const text = 'the same again '.repeat(1_000)
      await log.append('alerts', [record('k', text), record('k', 'short')])
      expect((await allOf(log, ['alerts'])).map(textOf)).toEqual([text, 'short'])
      await log.close()
    },
    20_000,
  )

  test('gives a batch that swells beyond all bounds as one record nobody can read, and goes on behind it', async () => {
    const subject = kafkaUnderTest(brokers, 'platformatic')
    const log = await subject.connect()
    await bomb(`${subject.prefix}alerts`)
    await log.append('alerts', [record('k', 'after')])
    const [poison, after] = await allOf(log, ['alerts'])
    expect(poison).toMatchObject({ key: '', offset: 0 })
    expect(poison?.value).toHaveLength(32)
    expect(after).toMatchObject({ offset: 1, key: 'k' })
    await log.close()
    await subject.end()
  }, 30_000)

  test('through kafkajs such a batch ends the reading, with a sentence, for its parser cannot pass it', async () => {
    const subject = kafkaUnderTest(brokers, 'kafkajs')
    const log = await subject.connect()
    await bomb(`${subject.prefix}alerts`)
    await expect(allOf(log, ['alerts'])).rejects.toThrow(
      'a batch of records is damaged, or larger than 4 MiB once decompressed',
    )
    await log.close()
    await subject.end()
  }, 30_000)
})

/** 64 MiB of zeros in one record: 64 KiB on the wire. */
async function bomb(topic: string): Promise<void> {
  const producer = new Producer({
    ...{ clientId: 'bomb', bootstrapBrokers: [brokers], compression: 'gzip' },
  })
  const value = Buffer.alloc(64 * 1024 * 1024)
  await producer.send({ messages: [{ topic, partition: 0, key: Buffer.from('k'), value }] })
  await producer.close()
}

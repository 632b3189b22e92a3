import { describe, expect, test } from '@jest/globals'
import { murmur2 as murmur2OfPlatformatic } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { partitionOf } from '../../../lib/murmur2.ts'
import { recordKey } from '../../../lib/record-key.ts'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { TOPIC_NAMES, TOPICS } from '../../../schemas/topics.ts'
import { JARS } from '../../../scripts/kafka/broker-files.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { sharedBroker } from '../../support/kafka.ts'
import { kafkaUnderTest } from './kafka-under-test.ts'
import { allOf } from './reading.ts'

const broker = await sharedBroker()
const withBroker = broker === undefined ? describe.skip : describe
const COUNT = TOPICS['client-events'].partitions

/** One key of every record type, every length of murmur2's tail, bytes above 127, and what people type as names. */
const KEYS: readonly string[] = [
  ...new Set([
    ...TOPIC_NAMES.flatMap((topic) => TOPICS[topic].records).map((type) =>
      recordKey({ type, record: exampleRecord(type) } as AnyRecord),
    ),
    ...Array.from({ length: 41 }, (_, length) => 'abcdefgh'.repeat(6).slice(0, length)),
    ...Array.from({ length: 64 }, (_, n) => `203.0.113.${n * 4}`),
    ...Array.from({ length: 64 }, (_, n) => `2001:db8:${n.toString(16)}::/64`),
    ...Array.from({ length: 32 }, (_, n) => `203.0.113.${n}|t13d1516h2_8daaf6152771_${n}`),
    'user:müller#ssh',
    'user:根#ssh',
    'user:🦊#ssh',
    'habit:2001:db8::/64',
    'server:Ωmega-1',
    'client-fold/-1/manifest',
    'list/10.0.0.0/8',
    '\u007f\u0080\u07ff\u0800\uffff',
  ]),
]

withBroker('the partition of a key', () => {
  test(`is that of Kafka's own Java producer for keys of all kinds`, async () => {
    const subject = kafkaUnderTest(broker?.brokers ?? '', 'platformatic')
    const log = await subject.connect()
    const producer = ['org.apache.kafka.tools.ConsoleProducer']
    const to = ['--bootstrap-server', broker?.brokers ?? '']
    const lines = KEYS.map((key) => `${key}\tv\n`).join('')
    const keyed = ['parse.key=true', 'key.separator=\t'].flatMap((pair) => [
      '--reader-property',
      pair,
    ])
    execFileSync(
      'java',
      [
        ...['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', join(JARS, '*'), ...producer, ...to],
        ...['--topic', `${subject.prefix}client-events`, ...keyed],
      ],
      { input: lines, stdio: ['pipe', 'ignore', 'pipe'] },
    )
    const stored = await allOf(log, ['client-events'])
    expect(stored.map(({ key }) => key).sort()).toEqual([...KEYS].sort())
    for (const { key, partition } of stored) {
      expect([key, partition]).toEqual([key, partitionOf(key, COUNT)])
    }
    await log.close()
    await subject.end()
  }, 60_000)
})

test(`is that which kafkajs and @platformatic/kafka compute`, () => {
  const partitionMetadata = Array.from({ length: COUNT }, (_, partitionId) => {
    return { partitionId, leader: 1, replicas: [1], isr: [1], partitionErrorCode: 0 }
  })
  const ofKafkajs = kafkajs.Partitioners.DefaultPartitioner()
  for (const key of KEYS) {
    const message = { key, value: null }
    expect(ofKafkajs({ topic: 't', partitionMetadata, message })).toBe(partitionOf(key, COUNT))
    const hash = murmur2OfPlatformatic(Buffer.from(key)) & 0x7fffffff
    expect(hash % COUNT).toBe(partitionOf(key, COUNT))
  }
})

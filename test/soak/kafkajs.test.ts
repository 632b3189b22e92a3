import { test } from '@jest/globals'
import { eventLogContract } from '../io/event-log/contract.ts'
import { kafkaUnderTest } from '../io/event-log/kafka-under-test.ts'
import { sharedBroker } from '../support/kafka.ts'

const broker = process.env['VESTIBULE_SOAK'] === '1' ? await sharedBroker() : undefined

if (broker === undefined) {
  test.skip('the whole contract of the event log on Kafka through kafkajs', () => undefined)
} else {
  process.stderr.write(`Apache Kafka ${broker.version} at ${broker.brokers}\n`)
  eventLogContract(
    `Kafka ${broker.version} through kafkajs`,
    () => Promise.resolve(kafkaUnderTest(broker.brokers, 'kafkajs')),
    { globalOrder: false },
  )
}

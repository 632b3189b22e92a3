import { test } from '@jest/globals'
import { sharedBroker } from '../../support/kafka.ts'
import { eventLogContract } from './contract.ts'
import { kafkaUnderTest } from './kafka-under-test.ts'

const broker = await sharedBroker()

if (broker === undefined) {
  test.skip('the event log on Kafka', () => undefined)
} else {
  process.stderr.write(`Apache Kafka ${broker.version} at ${broker.brokers}\n`)
  eventLogContract(
    `Kafka ${broker.version} through @platformatic/kafka`,
    () => Promise.resolve(kafkaUnderTest(broker.brokers, 'platformatic')),
    { globalOrder: false },
  )
  // The whole of it is test/soak/kafkajs.test.ts.
  eventLogContract(
    `Kafka ${broker.version} through kafkajs`,
    () => Promise.resolve(kafkaUnderTest(broker.brokers, 'kafkajs')),
    { globalOrder: false, extent: 'short' },
  )
}

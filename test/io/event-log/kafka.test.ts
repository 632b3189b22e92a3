import { jest, test } from '@jest/globals'
import { sharedBroker } from '../../support/kafka.ts'
import { eventLogContract } from './contract.ts'
import { kafkaUnderTest } from './kafka-under-test.ts'

// Elections and rebalances take what the broker's machine gives them; a second look is told.
jest.retryTimes(2, { logErrorsBeforeRetry: true })

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
}

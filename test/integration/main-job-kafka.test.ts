import { test } from '@jest/globals'
import { freshPrefix, sharedBroker } from '../support/kafka.ts'
import { mainJob } from './main-job.ts'

const broker = await sharedBroker()

if (broker === undefined) {
  test.skip('vestibule up over Kafka', () => undefined)
} else {
  process.stderr.write(`Apache Kafka ${broker.version} at ${broker.brokers}\n`)
  mainJob(`over Apache Kafka ${broker.version}`, {
    VESTIBULE_KAFKA_BROKERS: broker.brokers,
    VESTIBULE_KAFKA_PREFIX: freshPrefix(),
  })
}

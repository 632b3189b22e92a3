import { expect, test } from '@jest/globals'
import { sharedBroker } from '../../support/kafka.ts'
import { kafkaUnderTest } from './kafka-under-test.ts'

const broker = await sharedBroker()
const withBroker = broker === undefined ? test.skip : test

withBroker('a follow that is told to end while it begins ends', async () => {
  const subject = kafkaUnderTest(broker?.brokers ?? '', 'platformatic')
  const log = await subject.connect()
  const signal = AbortSignal.timeout(1)
  let given = 0
  for await (const batch of log.follow({ topics: ['control'], from: 'start', signal })) {
    given += batch.records.length
  }
  expect(given).toBe(0)
  await log.close()
  await subject.end()
})

import { describe, expect, test } from '@jest/globals'
import { prepareKafka } from '../../../cli/up/prepare-kafka.ts'
import { openEventLog } from '../../../io/event-log/open.ts'
import { readConfig, type Config } from '../../../lib/config.ts'
import { SILENT } from '../../../lib/logger.ts'
import { eventually } from '../../support/eventually.ts'
import { freshPrefix, sharedBroker } from '../../support/kafka.ts'

const broker = await sharedBroker()
const withBroker = broker === undefined ? describe.skip : describe

function configOf(kafkaPrefix: string): Config {
  const read = readConfig({}, { kafkaBrokers: broker?.brokers ?? '', kafkaPrefix })
  if (read.kind === 'fault') throw new Error(read.message)
  return read.config
}

withBroker('before anything is started over Kafka', () => {
  test('topics are made, and those of the demonstration before are gone with what they held', async () => {
    const [before, after] = [freshPrefix(), freshPrefix()]
    const old = await openEventLog(configOf(before), { logger: SILENT })
    await old.append('alerts', [{ key: 'k', value: Uint8Array.of(1), timestampMs: 1 }])
    await old.close()
    expect(await prepareKafka(configOf(after), before)).toMatch(
      new RegExp(`^event log on Kafka at ${broker?.brokers ?? ''} ready, topics ${after}\\*`),
    )
    // A broker deletes in its own time; opened again the topics are new ones.
    await eventually('the topic is empty', async () => {
      const log = await openEventLog(configOf(before), { logger: SILENT }).catch(() => undefined)
      const ends = await log?.ends('alerts').catch(() => undefined)
      await log?.close()
      return ends?.every((end) => end === 0) === true
    })
  })
})

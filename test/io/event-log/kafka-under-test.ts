import { Admin } from '@platformatic/kafka'
import { type KafkaConnection } from '../../../io/event-log/kafka/connection.ts'
import { type KafkaClient } from '../../../io/event-log/kafka/kafka-client.ts'
import { openKafkaLog } from '../../../io/event-log/kafka/kafka-log.ts'
import { topicPlans } from '../../../io/event-log/kafka/kafka-topics.ts'
import { KafkajsClient } from '../../../io/event-log/kafka/kafkajs/kafkajs-client.ts'
import { PlatformaticClient } from '../../../io/event-log/kafka/platformatic/platformatic-client.ts'
import { type EventLog } from '../../../lib/event-log.ts'
import { freshPrefix } from '../../support/kafka.ts'
import { type LogUnderTest } from './contract.ts'
import { connectionTo } from './kafka-connection.ts'
import { allOf, record, until } from './reading.ts'

export const CLIENTS = {
  platformatic: (connection: KafkaConnection): KafkaClient => new PlatformaticClient(connection),
  kafkajs: (connection: KafkaConnection): KafkaClient => new KafkajsClient(connection),
} as const

export type ClientName = keyof typeof CLIENTS

/** An installation of its own on a broker: topics and groups with a prefix that nobody else has. */
export function kafkaUnderTest(
  brokers: string,
  name: ClientName,
  changed: Partial<KafkaConnection> = {},
): LogUnderTest & { prefix: string } {
  const prefix = freshPrefix()
  const connect = (): Promise<EventLog> =>
    openKafkaLog(CLIENTS[name](connectionTo(brokers, changed)), prefix)
  const admin = new Admin({ clientId: 'vestibule-test', bootstrapBrokers: [brokers] })
  return {
    prefix,
    connect,
    compact: () => compact(admin, prefix, connect),
    async end(): Promise<void> {
      await admin.deleteTopics({ topics: topicPlans(prefix).map(({ topic }) => topic) })
      await admin.close()
    },
  }
}

const TOPIC = 2
const SET = 0

/**
 * Makes the broker compact `servers`: it never touches the segment that is written to, so segments are cut
 * at every record, and records with a key of this helper's are appended until nothing more goes.
 */
async function compact(
  admin: Admin,
  prefix: string,
  connect: () => Promise<EventLog>,
): Promise<void> {
  const settings = {
    'segment.ms': '1',
    'min.cleanable.dirty.ratio': '0',
    'delete.retention.ms': '0',
  }
  await admin.incrementalAlterConfigs({
    resources: [
      {
        resourceType: TOPIC,
        resourceName: `${prefix}servers`,
        configs: Object.entries(settings).map(([name, value]) => ({
          name,
          value,
          configOperation: SET,
        })),
      },
    ],
  })
  const log = await connect()
  let [before, same] = ['', 0]
  await until(async () => {
    await log.append('servers', [record('compaction', `${Date.now()}`, Date.now())])
    const left = (await allOf(log, ['servers'])).filter(({ key }) => key !== 'compaction')
    const now = left.map(({ offset }) => offset).join()
    same = now === before ? same + 1 : 0
    before = now
    await new Promise((resolve) => setTimeout(resolve, 100))
    return same >= 12
  }, 30_000)
  await log.close()
}

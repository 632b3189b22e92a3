import { outage } from '../io/event-log/kafka-outage.ts'
import { startBroker } from '../../scripts/kafka/broker.ts'
import { freePort } from '../support/free-port.ts'
import { sharedBroker } from '../support/kafka.ts'
import { temporaryFolder } from '../support/programs.ts'
import { setting, soak } from './soak.ts'

/** Seconds for which the broker is away. */
const AWAY_MS = setting('VESTIBULE_SOAK_AWAY', 20) * 1000

for (const client of ['platformatic', 'kafkajs'] as const) {
  for (const how of ['SIGSTOP', 'SIGKILL'] as const) {
    soak(
      `through ${client}: a broker is away by ${how} for 20 s and comes back, nothing is lost or doubled`,
      async () => {
        if ((await sharedBroker()) === undefined) return
        const folder = temporaryFolder('kafka-outage')
        const ports = { plain: await freePort(), controller: await freePort() }
        const broker = await startBroker({ folder: folder.path, ports })
        try {
          await outage(broker, client, how, AWAY_MS)
        } finally {
          await broker.end('SIGKILL')
          folder.remove()
        }
      },
      300_000,
    )
  }
}

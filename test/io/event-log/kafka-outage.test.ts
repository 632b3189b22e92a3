import { test } from '@jest/globals'
import { startBroker } from '../../../scripts/kafka/broker.ts'
import { atTheEnd } from '../../support/endings.ts'
import { freePort } from '../../support/free-port.ts'
import { sharedBroker } from '../../support/kafka.ts'
import { temporaryFolder } from '../../support/programs.ts'
import { outage } from './kafka-outage.ts'

// A broker of its own, for it is taken away; the shared one tells whether there can be one.
const possible = (await sharedBroker()) !== undefined

/** Longer than what is tried at once, shorter than a member's session: a member may keep its lease. */
const AWAY_MS = 3_000

;(possible ? test : test.skip)(
  'a broker that is stopped, then killed and started again under load: producers wait, nothing is lost or doubled',
  async () => {
    const folder = temporaryFolder('kafka-outage')
    const ports = { plain: await freePort(), controller: await freePort() }
    const broker = await startBroker({ folder: folder.path, ports })
    atTheEnd(async () => {
      await broker.end('SIGKILL')
      folder.remove()
    })
    await outage(broker, 'platformatic', 'SIGSTOP', AWAY_MS)
    await outage(broker, 'platformatic', 'SIGKILL', AWAY_MS)
  },
  180_000,
)

import { setTimeout as sleep } from 'node:timers/promises'
import { listenSpop } from '../../../io/spop/server.ts'
import { SILENT } from '../../../lib/logger.ts'
import { answerNotify } from '../../../routing-api/spop/answer-notify.ts'
import { warmUp } from '../../../routing-api/spop/warm-up.ts'
import { suspectApi } from '../../support/suspect-api.ts'

/** An agent in a process of its own, so that it can be stopped and killed: `PORT`. Says its port when it listens. */
const api = suspectApi()
api.published.push = () => 0
warmUp(api)
const agent = await listenSpop('127.0.0.1', Number(process.argv[2] ?? 0), {
  answer: (notify) => answerNotify(notify, api),
  metrics: api.metrics,
  logger: SILENT,
})
process.send?.(agent.port)
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('SIGTERM', () => {
  void agent.close().then(() => process.exit(0))
})
// Nothing a test forgot stays.
await sleep(30 * 60_000)
process.exit(0)

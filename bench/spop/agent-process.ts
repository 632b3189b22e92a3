import { listenSpop } from '../../io/spop/server.ts'
import { SILENT } from '../../lib/logger.ts'
import { createOutbox, DEFAULT_OUTBOX_LIMITS } from '../../lib/outbox.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { freshId } from '../../io/fresh-id.ts'
import { sleep } from '../../io/sleep.ts'
import { recentDecisions } from '../../routing-api/state/recent-decisions.ts'
import { answerNotify } from '../../routing-api/spop/answer-notify.ts'
import { warmUp } from '../../routing-api/spop/warm-up.ts'
import { suspectApi } from '../../test/support/suspect-api.ts'

/**
 * The agent of the benches in a process of its own. Decisions are made, written down and encoded as in the routing
 * API, unless it is told `bare`; the log takes them at once. Says its port, and its processor time when asked.
 */
const log = { append: () => Promise.resolve() }
const base = suspectApi()
const outbox = createOutbox(
  { log, codec: singleObjectCodec(), metrics: base.metrics, sleep, stage: 'routing-api' },
  { ...DEFAULT_OUTBOX_LIMITS, maxBatch: 1_000, gatherMs: 20 },
)
const api = {
  ...base,
  freshId,
  recent: recentDecisions(),
  put: process.argv[3] === 'bare' ? (): void => undefined : outbox.putLater.bind(outbox),
}
warmUp(api)
void outbox.run(new AbortController().signal)
const agent = await listenSpop('127.0.0.1', Number(process.argv[2] ?? 0), {
  answer: (notify) => answerNotify(notify, api),
  metrics: api.metrics,
  logger: SILENT,
})
process.send?.(agent.port)
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit(0))

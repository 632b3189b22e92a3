import { slowHash } from '../../io/slow-hash.ts'
import { PopulationTable } from '../../behaviour/population-table.ts'
import { memoryEventLog } from '../../io/event-log/memory.ts'
import { createMetrics } from '../../io/metrics.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { SILENT } from '../../lib/logger.ts'
import { encoded } from '../../lib/encoded.ts'
import { CLEAR_ADDRESSES } from '../../lib/pseudonym.ts'
import { ClientFold } from '../../processors/client-fold/client-fold.ts'
import { Lists } from '../../processors/client-fold/lists.ts'
import { buildApi } from '../../routing-api/build-api.ts'
import { handshakes } from '../../routing-api/routes/handshakes.ts'
import { type RawCall } from '../../routing-api/routes/route.ts'
import { HandshakeResponse } from '../../routing-api/routes/response-schemas.ts'
import { type Api } from '../../routing-api/routes/api.ts'
import { followState } from '../../routing-api/state/follow-state.ts'
import { TEST_KEYS } from '../routing-api/harness.ts'
import { eventually } from '../support/eventually.ts'
import { CURL, eventsOf, scoreOf, SSLSCAN } from './demonstration.ts'

const codec = singleObjectCodec()
/** A request as the HTTP server hands it to a route. */
export const call = (body: unknown): RawCall => ({
  params: new Map<string, string>(),
  query: new URLSearchParams(),
  body,
  caller: 'local',
  requestId: 'tour',
})

type HandshakeAnswer = ReturnType<typeof HandshakeResponse.parse>

/** An API that has caught up with a log on which the scores of the demonstration lie. */
export async function demonstratedApi(): Promise<{
  readonly api: Api
  readonly ask: (body: unknown) => Promise<HandshakeAnswer>
  readonly close: () => Promise<void>
}> {
  const log = memoryEventLog()
  const events = await eventsOf(CURL, SSLSCAN)
  const fold = new ClientFold({ population: new PopulationTable(), lists: new Lists() })
  const outputs = events.flatMap((event) => fold.step(event))
  for (const record of [scoreOf(outputs, CURL), scoreOf(outputs, SSLSCAN)]) {
    if (record !== undefined)
      await log.append('scores', [encoded({ type: 'Score', record }, codec)])
  }
  const now = (): number => (events.at(-1)?.record.observedAt ?? 0) / 1000
  const { api } = buildApi({
    ...{ log, codec, now, metrics: createMetrics({ process: false }), logger: SILENT },
    ...{
      key: 'test',
      challengeKeys: TEST_KEYS,
      slowHash: slowHash(),
      site: 'here',
      addresses: CLEAR_ADDRESSES,
      monotonic: () => 0,
      random: () => 0.5,
    },
    ...{ freshId: () => new Uint8Array(16), sleep: () => Promise.resolve() },
  })
  const stop = new AbortController()
  const { metrics, logger, state } = api
  const following = followState(
    state,
    { log, logger, metrics, now, sleep: () => Promise.resolve() },
    stop.signal,
  )
  await eventually('the API has caught up', () => state.ready)
  const ask = async (body: unknown) =>
    HandshakeResponse.parse((await handshakes.run(call(body), api)).body)
  const close = async (): Promise<void> => {
    stop.abort()
    await following
    await log.close()
  }
  return { api, ask, close }
}

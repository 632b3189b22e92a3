import { type AnyRecord, type Codec } from '../lib/codec/codec.ts'
import { type EventLog } from '../lib/event-log.ts'
import { type Logger } from '../lib/logger.ts'
import { recordKey, topicOf } from '../lib/record-key.ts'
import { HelloReader } from './decisions/hello-in-hand.ts'
import { DecisionOutbox } from './outbox/decision-outbox.ts'
import { type Api, type ReadableMetrics } from './routes/api.ts'
import { ApiState } from './state/api-state.ts'
import { RecentDecisions } from './state/recent-decisions.ts'

/** What the API needs of the world. */
export interface ApiPorts {
  readonly log: Pick<EventLog, 'append' | 'follow'>
  readonly codec: Codec
  readonly metrics: ReadableMetrics
  readonly logger: Logger
  readonly site: string
  readonly now: Api['now']
  readonly monotonic: Api['monotonic']
  readonly random: Api['random']
  readonly freshId: Api['freshId']
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Joins state, outbox and ports into what the routes work with. */
export function buildApi(ports: ApiPorts): { readonly api: Api; readonly outbox: DecisionOutbox } {
  const { log, codec, metrics, logger, site, now, monotonic, random, freshId } = ports
  const outbox = new DecisionOutbox(ports)
  const api: Api = {
    state: new ApiState(codec, metrics),
    hellos: new HelloReader(),
    recent: new RecentDecisions(),
    site,
    metrics,
    logger,
    now,
    monotonic,
    random,
    freshId,
    put: (record) => {
      outbox.put(record)
    },
    append: (record) => log.append(topicOf(record.type), [encoded(record, codec)]),
    tombstone: (topic, keys) =>
      log.append(
        topic,
        keys.map((key) => ({ key, value: null, timestampMs: now() })),
      ),
  }
  return { api, outbox }
}

function encoded(
  any: AnyRecord,
  codec: Codec,
): { readonly key: string; readonly value: Uint8Array; readonly timestampMs: number } {
  const key = recordKey(any)
  const value = codec.encode(any.type, any.record, key)
  return { key, value, timestampMs: Math.floor(any.record.observedAt / 1000) }
}

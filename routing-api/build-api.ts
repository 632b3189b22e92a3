import { type Codec } from '../lib/codec/codec.ts'
import { type EventLog } from '../lib/event-log.ts'
import { type Logger } from '../lib/logger.ts'
import { encoded } from '../lib/encoded.ts'
import { createOutbox, DEFAULT_OUTBOX_LIMITS, type Outbox } from '../lib/outbox.ts'
import { type AddressMap } from '../lib/pseudonym.ts'
import { topicOf } from '../lib/record-key.ts'
import { ToldLately } from '../lib/told-lately.ts'
import { type ChallengeKeys } from './challenges/keys.ts'
import { SiteAlarm } from './challenges/site-alarm.ts'
import { HelloReader } from './decisions/hello-in-hand.ts'
import { type Api, type ReadableMetrics } from './routes/api.ts'
import { ApiState } from './state/api-state.ts'
import { DEFAULT_LIMITS } from './state/score-table.ts'
import { recentDecisions } from './state/recent-decisions.ts'

/** What the API needs of the world. */
export interface ApiPorts {
  readonly log: Pick<EventLog, 'append' | 'follow'>
  readonly codec: Codec
  readonly metrics: ReadableMetrics
  readonly logger: Logger
  readonly challengeKeys: ChallengeKeys
  readonly site: string
  readonly addresses: AddressMap
  readonly now: Api['now']
  readonly monotonic: Api['monotonic']
  readonly slowHash: Api['slowHash']
  readonly random: Api['random']
  readonly freshId: Api['freshId']
  /** Key of what must not be guessed from outside; instances that stand for one another share it. */
  readonly key: string
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Decisions gather, for one append costs about as much as a hundred records of it. */
const OUTBOX_LIMITS = { ...DEFAULT_OUTBOX_LIMITS, maxBatch: 1_000, gatherMs: 20 }

/** Joins state, outbox and ports into what the routes work with. */
export function buildApi(ports: ApiPorts): { readonly api: Api; readonly outbox: Outbox } {
  const { log, codec, metrics, logger, site, addresses, now, monotonic, random, freshId } = ports
  const outbox = createOutbox({ ...ports, stage: 'routing-api' }, OUTBOX_LIMITS)
  const api: Api = {
    state: new ApiState(codec, metrics, addresses, DEFAULT_LIMITS, ports.key),
    hellos: new HelloReader(),
    recent: recentDecisions(),
    challengeKeys: ports.challengeKeys,
    alarm: new SiteAlarm(),
    told: new ToldLately(),
    slowHash: ports.slowHash,
    site,
    addresses,
    metrics,
    logger,
    now,
    monotonic,
    random,
    freshId,
    put: (type, make) => {
      outbox.putLater(type, make)
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

import { type Codec } from '../lib/codec/codec.ts'
import { EventLogError, type Batch, type EventLog } from '../lib/event-log.ts'
import { TABLE_NAMES } from '../schemas/generated/table-names.ts'
import { TOPIC_NAMES, TOPICS, type TopicName } from '../schemas/topics.ts'
import { deadLetter } from './dead-letter.ts'
import { deliver, type DeliverPorts } from './deliver.ts'
import { gather, type GatherLimits } from './gather.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { sortRecords, type Dead } from './rows.ts'

export interface SinkDeps extends DeliverPorts {
  readonly log: EventLog
  readonly codec: Codec
  readonly now: () => number
  readonly site: string
  readonly limits?: GatherLimits
  readonly topics?: readonly TopicName[]
}

export const DEFAULT_LIMITS: GatherLimits = { rows: 10_000, maxRows: 50_000, ageMs: 500 }

/** Groups of one topic on their way at once: while the engine reads one, the next is wrapped and sent. */
const LANES = 2
const LAG_EVERY_MS = 1_000

/** Topics whose records have tables. */
export const SINK_TOPICS: readonly TopicName[] = TOPIC_NAMES.filter((topic) =>
  TOPICS[topic].records.some((name) => TABLE_NAMES[name] !== null),
)

/**
 * Writes every topic to its tables until the signal aborts, then what is in hand. The order for every group
 * of batches is insert, dead letters, commit, and commits keep the order of the log: whatever dies in
 * between is done again, and the tables hold it once. While ClickHouse is away little is pulled, and the log
 * is the buffer.
 */
export async function runSinks(deps: SinkDeps, signal: AbortSignal): Promise<void> {
  await Promise.all((deps.topics ?? SINK_TOPICS).map((topic) => runSink(deps, topic, signal)))
}

async function runSink(deps: SinkDeps, topic: TopicName, signal: AbortSignal): Promise<void> {
  const lanes = createLanes(LANES)
  // Aborted when all is committed: gathering pulls ahead, and the lease ends with the reading.
  const settled = new AbortController()
  const reading = deps.log.consume({
    group: `sink-${topic}`,
    topics: [topic],
    signal: settled.signal,
    // Whoever takes over begins behind what is on its way.
    revoked: () => lanes.drained().catch(() => undefined),
  })
  const batches = reading[Symbol.asyncIterator]()
  try {
    await pump(deps, topic, batches, lanes, signal)
  } catch (error) {
    // Uncommitted: the next holder of the partitions reads it again.
    if (!signal.aborted) throw error
  } finally {
    settled.abort()
    await batches.return?.()
  }
}

async function pump(
  deps: SinkDeps,
  topic: TopicName,
  batches: AsyncIterator<Batch>,
  lanes: Lanes,
  signal: AbortSignal,
): Promise<void> {
  const reportLag = lagReporter(deps, topic)
  const ports = {
    hasRoom: () => lanes.hasRoom(),
    room: () => lanes.room(),
    sleep: (ms: number) => deps.sleep(ms, signal),
  }
  for await (const gathered of gather(batches, deps.limits ?? DEFAULT_LIMITS, ports, signal)) {
    await lanes.begin(
      () => write(deps, topic, gathered, signal),
      async () => {
        await commit(deps, topic, gathered)
        if (!signal.aborted) await reportLag()
      },
    )
  }
  await lanes.drained()
}

async function write(
  deps: SinkDeps,
  topic: TopicName,
  gathered: readonly Batch[],
  signal: AbortSignal,
): Promise<void> {
  const records = gathered.flatMap((batch) => batch.records)
  const { rows, dead, tombstones } = sortRecords(deps.codec, records)
  deps.metrics.count('sink_received_total', records.length, { topic })
  if (tombstones > 0) deps.metrics.count('sink_tombstones_total', tombstones, { topic })
  // As many at once as the topic has record types: six at most.
  const refused = await Promise.all([...rows.values()].map((list) => deliver(deps, list, signal)))
  await bury(deps, topic, [...dead, ...refused.flat()])
}

/** A lease lost meanwhile is no trouble: the next holder inserts the same rows, which are there once. */
async function commit(deps: SinkDeps, topic: TopicName, gathered: readonly Batch[]): Promise<void> {
  try {
    for (const batch of gathered) await batch.commit()
  } catch (error) {
    if (!(error instanceof EventLogError && error.code === 'fenced')) throw error
    deps.metrics.count('sink_fenced_total', 1, { topic })
  }
}

async function bury(deps: SinkDeps, topic: TopicName, dead: readonly Dead[]): Promise<void> {
  for (const { code } of dead) deps.metrics.count('sink_dead_letters_total', 1, { topic, code })
  // A dead letter that is itself unreadable would come back for ever.
  if (dead.length === 0 || topic === 'dead-letters') return
  const nowMs = deps.now()
  await deps.log.append(
    'dead-letters',
    dead.map((one) => ({
      key: 'sink',
      value: deps.codec.encode('DeadLetter', deadLetter(one, deps.site, nowMs)),
      timestampMs: nowMs,
    })),
  )
}

/** Measures the lag after a commit, now and then: it costs two requests. */
function lagReporter(deps: SinkDeps, topic: TopicName): () => Promise<void> {
  let lastMs = -Infinity
  return async () => {
    if (deps.now() - lastMs < LAG_EVERY_MS) return
    lastMs = deps.now()
    const [ends, committed] = await Promise.all([
      deps.log.ends(topic),
      deps.log.committed(`sink-${topic}`, topic),
    ])
    const lag = ends.reduce((sum, end, partition) => sum + end - (committed[partition] ?? 0), 0)
    deps.metrics.gauge('sink_lag_records', lag, { topic })
  }
}

import { EventLogError, type Batch, type EventLog, type Lease } from '../lib/event-log.ts'
import { type Codec } from '../lib/codec/codec.ts'
import { orAborted } from '../lib/or-aborted.ts'
import { type Logger } from '../lib/logger.ts'
import { type Metrics } from '../lib/metrics.ts'
import { type Processor } from './processor.ts'
import { ProcessorState } from './processor-state.ts'
import { toAppends } from './to-appends.ts'
import { SnapshotStore } from './snapshots/snapshot-store.ts'

export interface ProcessorPorts {
  readonly log: Pick<
    EventLog,
    'append' | 'consume' | 'follow' | 'committed' | 'ends' | 'globalOrder'
  >
  readonly codec: Codec
  readonly metrics: Metrics
  readonly logger: Logger
  /** Milliseconds since 1970: for the age of snapshots only, never for scores. */
  now(): number
  /** Resolves after the time, or early when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export interface RunOptions {
  /** A snapshot is due after so many records or so much time, whichever is first. */
  readonly snapshotEveryRecords: number
  readonly snapshotEveryMs: number
}

const DEFAULTS: RunOptions = { snapshotEveryRecords: 200_000, snapshotEveryMs: 30_000 }

/**
 * Runs one fold until the signal aborts: batch → fold → append what it made, fenced by the lease →
 * commit. A clean stop saves a snapshot. A crash at any point is undone by the newest snapshot and a
 * replay; what was appended before it is not appended again, or only with the same ids.
 */
export async function runProcessor(
  ports: ProcessorPorts,
  processor: Processor,
  signal: AbortSignal,
  options: RunOptions = DEFAULTS,
): Promise<void> {
  const stop = new AbortController()
  const store = new SnapshotStore(ports, processor.group)
  const state = new ProcessorState(ports, processor, store, options)
  const consumed = ports.log.consume({
    group: processor.group,
    topics: [processor.input],
    broadcast: processor.broadcast,
    whole: processor.whole,
    signal: stop.signal,
    assigned: (lease) => assigned(ports, state, lease),
    revoked: () => state.revoke(),
  })
  const batches = consumed[Symbol.asyncIterator]()
  const ended = AbortSignal.any([signal, stop.signal])
  const saving = saveInTime(ports, state, options.snapshotEveryMs / 4, ended)
  // Thrown again at the end.
  saving.catch(() => {
    stop.abort()
  })
  try {
    for (;;) {
      const next = batches.next()
      const result = await orAborted(next, ended)
      if (result === 'aborted') {
        next.catch(() => undefined)
        break
      }
      if (result.done === true) break
      await handle(ports, processor, state, result.value)
    }
    await unlessFenced(ports, state.saveIfChanged())
  } finally {
    stop.abort()
    await batches.return?.()
    await saving
  }
}

/** Nothing may come for hours: what came last is saved all the same, and not replayed after them. */
async function saveInTime(
  ports: ProcessorPorts,
  state: ProcessorState,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await ports.sleep(everyMs, signal)
    if (signal.aborted) return
    await unlessFenced(ports, saveNow(state))
  }
}

/** A lease that is lost while its state is brought back is over soon: its end is told by the log. */
async function assigned(
  ports: ProcessorPorts,
  state: ProcessorState,
  lease: Lease,
): Promise<ReadonlyMap<string, number>> {
  let positions: ReadonlyMap<string, number> = new Map()
  await unlessFenced(
    ports,
    state.assign(lease).then((found) => {
      positions = found
    }),
  )
  return positions
}

async function saveNow(state: ProcessorState): Promise<void> {
  await Promise.resolve()
  state.saveIfDue()
}

async function handle(
  ports: ProcessorPorts,
  processor: Processor,
  state: ProcessorState,
  batch: Batch,
): Promise<void> {
  const outputs = state.fold(batch)
  const labels = { group: processor.group }
  const appends = toAppends(ports.codec, outputs, (topic) => {
    const why = { stage: 'processors', topic, reason: 'unencodable' }
    ports.metrics.count('vestibule_dropped_total', 1, why)
  })
  await unlessFenced(ports, settle(ports, state, batch, appends))
  ports.metrics.count('vestibule_processed_total', batch.records.length, labels)
  for (const [figure, value] of processor.figures()) {
    ports.metrics.gauge('vestibule_fold_figure', value, { ...labels, figure })
  }
}

async function settle(
  ports: ProcessorPorts,
  state: ProcessorState,
  batch: Batch,
  appends: ReturnType<typeof toAppends>,
): Promise<void> {
  // At once: what a log takes together, its order included, is there together or not at all.
  const order = state.order()
  await Promise.all([
    ...(order.length > 0 ? [ports.log.append('snapshots', order, batch.lease)] : []),
    ...[...appends].map(([topic, records]) => ports.log.append(topic, records, batch.lease)),
  ])
  await batch.commit()
  state.committed(batch)
  state.saveIfDue()
}

/** Another member took the partitions over: what this one was about to write is theirs to write. */
async function unlessFenced(ports: ProcessorPorts, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof EventLogError) || error.code !== 'fenced') throw error
    ports.logger.warn('lost the lease to another process; its work goes on there')
  }
}

import { type Codec } from '../../lib/codec/codec.ts'
import { EventLogError, type Batch, type EventLog, type StoredRecord } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { erasureStatements, type ErasureStatement } from './erasure-statements.ts'

export interface ErasurePorts {
  readonly log: Pick<EventLog, 'consume'>
  readonly codec: Codec
  readonly logger: Logger
  readonly metrics: Metrics
  /** Runs one statement and resolves when the rows are gone; throws while ClickHouse is away. */
  readonly erase: (statement: ErasureStatement) => Promise<void>
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** How long rows may still be on their way when a client is erased; then it is looked for once more. */
  readonly settleMs?: number
}

interface Erasure {
  readonly client: string
  readonly untilUs: number
}

const SETTLE_MS = 60_000
const RETRY_MS = 5_000

/**
 * Deletes erased clients from history: at once, and again when what was on its way has arrived. Committed
 * after the second time, so that a crash in between repeats both. While ClickHouse is away it waits.
 */
export async function runErasures(ports: ErasurePorts, signal: AbortSignal): Promise<void> {
  const batches = ports.log.consume({ group: 'erasures', topics: ['control'], signal })
  for await (const batch of batches) {
    const due = batch.records.flatMap((record) => erasureOf(ports.codec, record))
    if (due.length > 0) {
      await eraseAll(ports, due, signal)
      await ports.sleep(ports.settleMs ?? SETTLE_MS, signal)
      await eraseAll(ports, due, signal)
    }
    if (signal.aborted) return
    await commit(batch)
  }
}

function erasureOf(codec: Codec, { value }: StoredRecord): readonly Erasure[] {
  const decoded = value === null ? undefined : codec.decode(value)
  if (decoded?.kind !== 'record' || decoded.type !== 'Control') return []
  const { kind, id, deleted, observedAt } = decoded.record
  return kind === 'erasure' && !deleted ? [{ client: id, untilUs: observedAt }] : []
}

async function eraseAll(
  ports: ErasurePorts,
  due: readonly Erasure[],
  signal: AbortSignal,
): Promise<void> {
  for (const { client, untilUs } of due) {
    for (const statement of erasureStatements(client, untilUs) ?? []) {
      await persistently(ports, statement, signal)
      if (signal.aborted) return
    }
    ports.metrics.count('sink_erasures_total', 1)
    // Whom it was about is what was to be forgotten.
    ports.logger.info('a client was erased from history')
  }
}

async function persistently(
  { erase, sleep, logger }: ErasurePorts,
  statement: ErasureStatement,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      await erase(statement)
      return
    } catch {
      // The error would name whom it is about. Said again every five minutes: one that never succeeds holds up the rest.
      if (tries % 60 === 0) {
        logger.warn('history cannot erase now; trying again', { table: statement.table })
      }
      await sleep(RETRY_MS, signal)
    }
  }
}

/** A lease lost meanwhile: the next holder erases once more. */
async function commit(batch: Batch): Promise<void> {
  try {
    await batch.commit()
  } catch (error) {
    if (!(error instanceof EventLogError && error.code === 'fenced')) throw error
  }
}

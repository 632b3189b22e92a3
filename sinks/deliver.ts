import { type Logger } from '../lib/logger.ts'
import { type Metrics } from '../lib/metrics.ts'
import { TABLE_NAMES } from '../schemas/generated/table-names.ts'
import { avroContainer } from './avro-container.ts'
import { insertVerdict, type Inserted } from './insert-verdict.ts'
import { tokenOf, type Dead, type Row } from './rows.ts'

export interface DeliverPorts {
  /** All of the file or nothing; a token that was inserted before is a success without effect. */
  insert(table: string, avroFile: Uint8Array, token: string): Promise<Inserted>
  /** Resolves after that time, or as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  readonly metrics: Metrics
  readonly logger: Logger
}

/**
 * Brings rows of one type into their table, however long that takes, and gives back those that the
 * database refuses: found by halving, so that one bad row costs about 2 log2(n) inserts. Rejects with the
 * abort reason when the signal aborts while the database is away.
 */
export async function deliver(
  ports: DeliverPorts,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<readonly Dead[]> {
  const dead: Dead[] = []
  const waiting: (readonly Row[])[] = [rows]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const refusal = await insertPersistently(ports, part, signal)
    if (refusal === undefined) continue
    const [only] = part
    if (only !== undefined && part.length === 1) {
      dead.push({ code: 'refused', at: refusal, record: only.record })
      continue
    }
    const half = part.length >> 1
    waiting.push(part.slice(half), part.slice(0, half))
  }
  return dead
}

/** Undefined when the rows are in; else why the database will never take all of them. */
async function insertPersistently(
  ports: DeliverPorts,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const [first] = rows
  if (first === undefined) return undefined
  const table = TABLE_NAMES[first.type] ?? ''
  const file = avroContainer(
    first.type,
    rows.map(({ body }) => body),
  )
  const token = tokenOf(rows)
  for (let attempt = 0; ; attempt += 1) {
    const verdict = insertVerdict(await ports.insert(table, file, token), attempt)
    if (verdict.kind === 'done') {
      ports.metrics.count('sink_inserted_rows_total', rows.length, { table })
      return undefined
    }
    if (verdict.kind === 'split') return verdict.message
    ports.metrics.count('sink_retries_total', 1, { table })
    if (attempt === 0) {
      ports.logger.warn('rows wait for ClickHouse', {
        table,
        rows: rows.length,
        why: verdict.message,
      })
    }
    await ports.sleep(verdict.afterMs, signal)
    signal.throwIfAborted()
  }
}

import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client'
import { Readable } from 'node:stream'
import { type Inserted } from '../../sinks/insert-verdict.ts'
import { quoteIdentifier } from './sql-text.ts'

/** Rows written twice in one insert are left to FINAL and merges: looking for them costs an eighth of an insert. */
const SETTINGS = { async_insert: 0, optimize_on_insert: 0 } as const

/** Inserts an Avro object container file into a table of `vestibule`, bytes as they are. */
export function avroInserter(
  client: ClickHouseClient,
): (table: string, avroFile: Uint8Array, token: string) => Promise<Inserted> {
  return async (table, avroFile, token) => {
    try {
      const { stream } = await client.exec({
        query: `INSERT INTO vestibule.${quoteIdentifier(table)} FORMAT Avro`,
        values: Readable.from([avroFile], { objectMode: false }),
        clickhouse_settings: { ...SETTINGS, insert_deduplication_token: token },
      })
      stream.resume()
      return { kind: 'inserted' }
    } catch (error) {
      return failureOf(error)
    }
  }
}

function failureOf(error: unknown): Inserted {
  if (error instanceof ClickHouseError) {
    return { kind: 'error', code: Number(error.code), message: error.message }
  }
  const message = typeof error === 'object' && error !== null && 'message' in error
  return { kind: 'unreachable', message: message ? String(error.message) : 'no answer' }
}

import { type ClickHouseClient } from '@clickhouse/client'
import { type ErasureStatement } from '../../sinks/erasures/erasure-statements.ts'

/** Runs one erasure; resolves when the rows are gone. */
export function eraserOf(client: ClickHouseClient): (statement: ErasureStatement) => Promise<void> {
  return async ({ query, params }) => {
    await client.command({ query, query_params: params })
  }
}

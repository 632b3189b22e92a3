import { tableName } from '../../schemas/clickhouse-ddl.ts'
import { type Installation } from './installation.ts'

const EVENTS = ['TlsHello', 'TlsHandshake', 'SshConnection', 'SshSession'].map(tableName)

/** What a replay came to, to be compared with another run of it. */
export interface RecordedResult {
  readonly rows: Readonly<Record<string, unknown>>
  readonly scores: readonly Record<string, unknown>[]
}

/**
 * Rows of every event table by connection (ids of connections that came to nothing hold their time, which
 * differs from run to run), and the last score of every entity. */
export async function recordedResult(installation: Installation): Promise<RecordedResult> {
  const rows = await Promise.all(
    EVENTS.map(async (table) => {
      const ids = await installation.rows(
        `SELECT count() AS rows, uniqExact(eventId) AS ids, toString(groupBitXor(cityHash64(clientAddress, clientPort, ifNull(hex(connectionId), '')))) AS content FROM ${table} FINAL`,
      )
      return [table, ids[0]] as const
    }),
  )
  const scores = await installation.rows(
    `SELECT entity, round(value, 6) AS value, round(evidence, 6) AS evidence, band FROM latest_score ORDER BY entity`,
  )
  return { rows: Object.fromEntries(rows), scores }
}

import { type ClickHouseClient } from '@clickhouse/client'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { tokensOf } from './sql-text.ts'

const FOLDER = new URL('../../schemas/migrations/', import.meta.url)
const NAME = /^(\d{4})-[a-z0-9-]+\.sql$/
/** Tables whose rows are current state or an audit trail: they keep the time their schema gives them. */
const OWN_RETENTION: readonly string[] = ['control', 'migration']

/** A TTL is counted in 32 bits of seconds: a century from now would wrap and delete every row. */
const MAX_RETENTION_DAYS = 3650

export interface Migration {
  readonly number: number
  readonly name: string
  readonly checksum: string
  readonly statements: readonly string[]
}

/** An applied migration was edited, or one is missing: the tables are not what the code believes. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** The numbered files of schemas/migrations, in order. */
export function readMigrations(folder: URL = FOLDER): readonly Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file, at) => {
      const number = Number(NAME.exec(file)?.[1])
      if (number !== at + 1) throw new MigrationError(`${file} is not migration number ${at + 1}`)
      const text = readFileSync(new URL(file, folder), 'utf8')
      return { number, name: file, checksum: sha256(text), statements: statementsOf(text) }
    })
}

/**
 * Brings database `vestibule` to the newest form: each migration once, in order, recorded in
 * `vestibule.migration`; then the retention of the configuration. Statements may be repeated: two
 * processes may migrate at once, and one that was killed is taken up again. The same for the embedded
 * and any other ClickHouse.
 */
export async function migrate(
  client: ClickHouseClient,
  options: { readonly retentionDays: number; readonly migrations?: readonly Migration[] },
): Promise<readonly string[]> {
  await client.command({ query: 'CREATE DATABASE IF NOT EXISTS vestibule' })
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS vestibule.migration (
      number UInt32, name String, checksum FixedString(64), appliedAt DateTime64(3, 'UTC') DEFAULT now64(3)
    ) ENGINE = ReplacingMergeTree ORDER BY number`,
  })
  const applied = await appliedMigrations(client)
  const done: string[] = []
  for (const migration of options.migrations ?? readMigrations()) {
    const before = applied.get(migration.number)
    if (before === undefined) {
      await apply(client, migration)
      done.push(migration.name)
    } else if (before !== migration.checksum) {
      throw new MigrationError(`${migration.name} was changed after it was applied: add a new one`)
    }
  }
  await applyRetention(client, options.retentionDays)
  return done
}

async function appliedMigrations(client: ClickHouseClient): Promise<ReadonlyMap<number, string>> {
  const result = await client.query({
    query: 'SELECT number, checksum FROM vestibule.migration FINAL',
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ number: number; checksum: string }>()
  return new Map(rows.map((row) => [row.number, row.checksum]))
}

async function apply(client: ClickHouseClient, migration: Migration): Promise<void> {
  for (const query of migration.statements) await client.command({ query })
  const { number, name, checksum } = migration
  await client.insert({
    table: 'vestibule.migration',
    values: [{ number, name, checksum }],
    columns: ['number', 'name', 'checksum'],
    format: 'JSONEachRow',
  })
}

async function applyRetention(client: ClickHouseClient, wanted: number): Promise<void> {
  const days = Math.min(wanted, MAX_RETENTION_DAYS)
  const result = await client.query({
    query: `SELECT name FROM system.tables WHERE database = 'vestibule' AND engine LIKE '%MergeTree'
      AND NOT match(engine_full, {current:String})`,
    query_params: { current: `TTL toDateTime\\(observedAt\\) \\+ toIntervalDay\\(${days}\\)( |$)` },
    format: 'JSONEachRow',
  })
  for (const { name } of await result.json<{ name: string }>()) {
    if (OWN_RETENTION.includes(name)) continue
    await client.command({
      query: `ALTER TABLE vestibule.${name} MODIFY TTL toDateTime(observedAt) + toIntervalDay(${days})`,
      clickhouse_settings: { materialize_ttl_after_modify: 0 },
    })
  }
}

function statementsOf(text: string): readonly string[] {
  const ends = [...tokensOf(text)].filter((token) => token.text === ';').map((token) => token.start)
  const starts = [0, ...ends.map((end) => end + 1)]
  return starts
    .map((start, at) => text.slice(start, ends[at] ?? text.length).trim())
    .filter((statement) => [...tokensOf(statement)].length > 0)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

import { beforeAll, describe, expect, test } from '@jest/globals'
import { type ClickHouseClient } from '@clickhouse/client'
import { readFileSync } from 'node:fs'
import { MigrationError, migrate, readMigrations } from '../../../io/clickhouse/migrate.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { type RecordName } from '../../../schemas/generated/records.ts'
import { TABLE_NAMES } from '../../../schemas/generated/table-names.ts'
import { avroContainer } from '../../../sinks/avro-container.ts'
import { exampleRecord } from '../../sinks/example-record.ts'
import { PASSWORD, startServer, type RunningServer } from './server-process.ts'

let server: RunningServer
let client: ClickHouseClient

beforeAll(async () => {
  server = await startServer()
  client = server.writer()
}, 30_000)

async function rows<T>(query: string): Promise<T[]> {
  const result = await client.query({
    query,
    format: 'JSONEachRow',
  })
  return result.json<T>()
}

describe('migrations', () => {
  test('are applied once, in order, and recorded', async () => {
    const names = readMigrations().map(({ name }) => name)
    expect(names.slice(0, 2)).toEqual(['0001-tables.sql', '0002-views.sql'])
    expect(await migrate(client, { retentionDays: 30 })).toEqual(names)
    expect(await migrate(client, { retentionDays: 30 })).toEqual([])
    const recorded = await rows<{ name: string }>(
      'SELECT name FROM vestibule.migration FINAL ORDER BY number',
    )
    expect(recorded.map(({ name }) => name)).toEqual(names)
  })

  test('give exactly the columns, keys and engines the schemas generate', async () => {
    const shape = (database: string): string => `
      SELECT table, name, type, comment, is_in_sorting_key, is_in_partition_key FROM system.columns
      WHERE database = '${database}' AND table IN (SELECT name FROM system.tables WHERE database = 'generated')
      ORDER BY table, position`
    const engines = (database: string): string =>
      `SELECT name, engine, sorting_key, partition_key FROM system.tables WHERE database = '${database}' AND name IN (SELECT name FROM system.tables WHERE database = 'generated') ORDER BY name`
    await client.command({ query: 'CREATE DATABASE generated' })
    const generated = readFileSync('schemas/generated/tables.sql', 'utf8')
    for (const ddl of generated.split(/;\s*$/m).filter((text) => text.includes('CREATE'))) {
      await client.command({ query: ddl.replaceAll('vestibule.', 'generated.') })
    }
    expect(await rows(shape('vestibule'))).toEqual(await rows(shape('generated')))
    expect(await rows(engines('vestibule'))).toEqual(await rows(engines('generated')))
  })

  test('may not be changed once applied', async () => {
    const changed = readMigrations().map((one) => ({ ...one, checksum: '0'.repeat(64) }))
    await expect(migrate(client, { retentionDays: 30, migrations: changed })).rejects.toThrow(
      MigrationError,
    )
  })

  test('set how long rows are kept, but not for lists and policies', async () => {
    const kept = (): Promise<{ name: string; days: string }[]> =>
      rows(
        `SELECT name, extract(engine_full, 'TTL toDateTime\\\\(observedAt\\\\) \\\\+ toIntervalDay\\\\((\\\\d+)\\\\)') AS days
         FROM system.tables WHERE database = 'vestibule' AND name IN ('tls_hello', 'score', 'control') ORDER BY name`,
      )
    await migrate(client, { retentionDays: 12 })
    expect(await kept()).toEqual([
      { name: 'control', days: '365' },
      { name: 'score', days: '12' },
      { name: 'tls_hello', days: '12' },
    ])
    // Time in a TTL has 32 bits: more years would wrap, and delete everything at once.
    await migrate(client, { retentionDays: 36_500 })
    expect((await kept()).map(({ days }) => days)).toEqual(['365', '3650', '3650'])
  })
})

const WITH_TABLE = (Object.keys(TABLE_NAMES) as RecordName[]).filter(
  (name) => TABLE_NAMES[name] !== null,
)

describe('every record, as Avro bodies in one container', () => {
  const codec = singleObjectCodec()
  const bodyOf = (name: RecordName, form: 'full' | 'empty', seed: number): Uint8Array => {
    const peeked = codec.peek(codec.encode(name, exampleRecord(name, form, seed)))
    if (peeked.kind !== 'body') throw new Error('not a body')
    return peeked.body
  }

  test.each(WITH_TABLE)('%s comes back as it was written', async (name) => {
    const table = `vestibule.${TABLE_NAMES[name] ?? ''}`
    const container = avroContainer(name, [bodyOf(name, 'full', 1), bodyOf(name, 'empty', 2)])
    const answer = await fetch(
      `${server.url}/?query=${encodeURIComponent(`INSERT INTO ${table} FORMAT Avro`)}`,
      {
        method: 'POST',
        headers: { 'X-ClickHouse-User': 'vestibule', 'X-ClickHouse-Key': PASSWORD },
        body: container,
      },
    )
    expect(await answer.text()).toBe('')
    const back = await rows<Record<string, unknown>>(
      `${select(name)} FROM ${table} ORDER BY hex(eventId)`,
    )
    expect(back).toEqual([
      readable(exampleRecord(name, 'full', 1)),
      readable(exampleRecord(name, 'empty', 2)),
    ])
  })

  /** Bytes as hex, times in microseconds: what JSON can hold. */
  function select(name: RecordName): string {
    const columns = Object.entries(exampleRecord(name, 'full', 1)).map(([field, value]) => {
      if (value instanceof Uint8Array) return `lower(hex(${field})) AS ${field}_`
      if (Array.isArray(value) && value[0] instanceof Uint8Array) {
        return `arrayMap(x -> lower(hex(x)), ${field}) AS ${field}_`
      }
      if (typeof value === 'number' && value > 1e15)
        return `toString(toUnixTimestamp64Micro(${field})) AS ${field}_`
      return `${field} AS ${field}_`
    })
    return `SELECT ${columns.join(', ')}`
  }

  function readable(record: object): Record<string, unknown> {
    const plain = (value: unknown): unknown => {
      if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
      if (Array.isArray(value)) return value.map(plain)
      if (typeof value === 'number' && value > 1e15) return String(value)
      return value
    }
    return Object.fromEntries(
      Object.entries(record).map(([field, value]) => [`${field}_`, plain(value)]),
    )
  }
})

describe('views', () => {
  test('show addresses as people write them, newest first, each event once', async () => {
    const timeline = await rows<Record<string, unknown>>(
      'SELECT kind, client, event FROM vestibule.client_timeline',
    )
    expect(timeline).toHaveLength(14)
    expect(timeline.map((row) => row['client'])).toContain('0.0.0.1')
  })

  test.each(['latest_score', 'profile', 'fingerprint_prevalence', 'decision_outcome'])(
    '%s answers',
    async (view) => {
      expect((await rows(`SELECT * FROM vestibule.${view}`)).length).toBeGreaterThanOrEqual(
        view === 'fingerprint_prevalence' ? 0 : 1,
      )
    },
  )

  test('are open to the read role', async () => {
    const result = await server
      .reader()
      .query({ query: 'SELECT count() AS n FROM client_timeline', format: 'JSONEachRow' })
    expect(await result.json()).toEqual([{ n: 14 }])
  })
})

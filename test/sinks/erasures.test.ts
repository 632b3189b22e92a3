import { type ClickHouseClient } from '@clickhouse/client'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { eraserOf } from '../../io/clickhouse/erase.ts'
import { avroInserter } from '../../io/clickhouse/insert-avro.ts'
import { migrate } from '../../io/clickhouse/migrate.ts'
import { sharedMemoryLog } from '../../io/event-log/memory.ts'
import { sleep } from '../../io/sleep.ts'
import { parseAddress } from '../../lib/client-entity.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { SILENT } from '../../lib/logger.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { topicOf } from '../../lib/record-key.ts'
import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'
import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'
import { TABLE_NAMES } from '../../schemas/generated/table-names.ts'
import { CLIENT_COLUMNS } from '../../sinks/erasures/client-columns.ts'
import { erasureStatements } from '../../sinks/erasures/erasure-statements.ts'
import { runErasures } from '../../sinks/erasures/run-erasures.ts'
import { runSinks } from '../../sinks/run-sinks.ts'
import { startServer } from '../io/clickhouse/server-process.ts'
import { exampleRecord, OBSERVED_AT } from './example-record.ts'

const codec = singleObjectCodec()
let client: ClickHouseClient

beforeAll(async () => {
  const server = await startServer()
  client = server.writer()
  await migrate(client, { retentionDays: 3650 })
}, 60_000)

const NAMES: readonly RecordName[] = [
  ...['TlsHello', 'TlsHandshake', 'SshConnection', 'SshSession', 'SshAuthAttempt'],
  ...['Outcome', 'Decision', 'DeadLetter', 'Sighting', 'Score', 'Habit', 'Alert'],
] as RecordName[]

/** One record of a client in every table that names clients. */
function of(name: RecordName, address: string, entity: string, seed: number, observedAt: number) {
  const eventId = Buffer.alloc(16, seed)
  const whom = {
    ...{ clientAddress: parseAddress(address), client: entity },
    ...{ entity: name === 'Habit' ? `ip:${entity}` : `ip-fp:${entity}|t13d#tls` },
  }
  const fields = Object.fromEntries(
    Object.entries(whom).filter(([field]) => field in exampleRecord(name, 'full')),
  )
  return { ...exampleRecord(name, 'full', seed), eventId, observedAt, ...fields }
}

function encode(name: RecordName, record: object): Uint8Array {
  return codec.encode(name, record as RecordByName[RecordName])
}

async function rows(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of NAMES) {
    const query = `SELECT count() AS n FROM vestibule.${TABLE_NAMES[name]} FINAL`
    const [row] = await (await client.query({ query, format: 'JSONEachRow' })).json<{ n: string }>()
    counts[name] = Number(row?.n)
  }
  return counts
}

async function eventually(wanted: number): Promise<void> {
  const all = Object.fromEntries(NAMES.map((name) => [name, wanted]))
  const until = performance.now() + 30_000
  for (;;) {
    const seen = await rows()
    if (Object.values(seen).every((n) => n === wanted)) return
    if (performance.now() > until) {
      expect(seen).toEqual(all)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('an erased client', () => {
  test('is in no table of history any more, its neighbours are, and what came after is', async () => {
    const log = sharedMemoryLog()
    const producer = log.connect()
    const stop = new AbortController()
    const shared = { codec, metrics: NO_METRICS, logger: SILENT, sleep }
    const insert = avroInserter(client)
    const sinks = [
      runSinks({ ...shared, log: log.connect(), insert, now: Date.now, site: 'here' }, stop.signal),
      runErasures(
        { ...shared, log: log.connect(), erase: eraserOf(client), settleMs: 200 },
        stop.signal,
      ),
    ]
    const put = (name: RecordName, record: object) =>
      producer.append(topicOf(name), [
        { key: 'k', value: encode(name, record), timestampMs: Math.floor(OBSERVED_AT / 1000) },
      ])
    const later = OBSERVED_AT + 3_600_000_000
    for (const name of NAMES) {
      await put(name, of(name, '2001:db8::5', '2001:db8::/64', 1, OBSERVED_AT))
      await put(name, of(name, '2001:db8:0:1::5', '2001:db8:0:1::/64', 2, OBSERVED_AT))
      await put(name, of(name, '2001:db8::6', '2001:db8::/64', 3, later))
    }
    await eventually(3)
    const id = '2001:db8::/64'
    const told = { kind: 'erasure', id, deleted: false, observedAt: OBSERVED_AT + 60_000_000 }
    await put('Control', { ...exampleRecord('Control', 'full'), ...told })
    await eventually(2)
    stop.abort()
    await Promise.all(sinks)
  }, 90_000)

  test('is looked for in every column that can name one', () => {
    const named = new Set(['clientAddress', 'client', 'entity'])
    const columns = Object.entries(AVRO_SCHEMAS).flatMap(([name, schema]) => {
      const { fields } = schema as { fields: readonly { name: string }[] }
      const table = TABLE_NAMES[name as RecordName]
      return fields
        .filter((field) => named.has(field.name) && table !== null)
        .map((field) => `${table}.${field.name}`)
    })
    expect(CLIENT_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(
      columns.sort(),
    )
  })

  test('of a name that is no client is nobody', () => {
    expect(erasureStatements("'; DROP TABLE vestibule.score --", 0)).toBeUndefined()
  })
})

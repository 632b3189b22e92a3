import { beforeAll, describe, expect, test } from '@jest/globals'
import { type ClickHouseClient } from '@clickhouse/client'
import { checkAlerts } from '../../cli/doctor/alerts.ts'
import { checkProxies } from '../../cli/doctor/history.ts'
import { migrate } from '../../io/clickhouse/migrate.ts'
import { startServer } from '../io/clickhouse/server-process.ts'

let writer: ClickHouseClient
let reader: ClickHouseClient

beforeAll(async () => {
  const server = await startServer()
  writer = server.writer()
  reader = server.reader()
  await migrate(writer, { retentionDays: 30 })
}, 30_000)

/** Puts rows into a table of history; what is not named has its default. */
function put(table: string, rows: readonly Record<string, unknown>[]): Promise<unknown> {
  const observedAt = Date.now() * 1000
  const values = rows.map((row, n) => ({
    eventId: String(n).padStart(16, '0'),
    observedAt,
    ...row,
  }))
  return writer.insert({ table: `vestibule.${table}`, values, format: 'JSONEachRow' })
}

describe('doctor', () => {
  test('finds nothing where there was no alert', async () => {
    expect(await checkAlerts(reader)).toEqual([
      { name: 'alerts', state: 'good', text: 'no loss, clock or lack of room in a day' },
    ])
  })

  test('tells of lists without room, how often and what to do', async () => {
    const full = { kind: 'state-pressure', severity: 'warning', entity: 'lists' }
    await put('alert', [
      { ...full, message: 'no room for deny 192.0.2.9/32' },
      { ...full, message: 'no room for deny 192.0.2.9/32' },
      { kind: 'critical-risk', severity: 'critical', entity: 'ip:192.0.2.1', message: 'no matter' },
    ])
    expect(await checkAlerts(reader)).toEqual([
      {
        name: 'state-pressure',
        state: 'warning',
        text: 'no room for deny 192.0.2.9/32 (2 times in a day)',
        mend: 'take entries off the lists, or give them an end: vestibule allow|deny CIDR --remove; then put what was left out once more',
      },
    ])
  })

  test('tells a proxy that is not believed from a client behind one that is', async () => {
    const hellos = (client: string, programs: number): Record<string, unknown>[] =>
      Array.from({ length: 20 }, (_, n) => ({
        ...{ eventId: `${client}${n}`.slice(-16).padStart(16, '0'), clientAddress: client },
        ...{ proxied: true, stableKey: `key ${n % programs}` },
      }))
    await put('tls_hello', [...hellos('::ffff:192.0.2.7', 4), ...hellos('::ffff:192.0.2.8', 3)])
    expect(await checkProxies(reader)).toEqual([
      {
        name: 'proxy',
        state: 'warning',
        text: '192.0.2.7 sent 20 hellos of 4 programs behind PROXY headers: a proxy that is not believed?',
        mend: 'if it is yours: trustedProxies: [192.0.2.7] in the policy',
      },
    ])
  })
})

import { afterEach, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tableName } from '../../schemas/clickhouse-ddl.ts'
import { startInstallation, type Installation } from '../support/installation.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo/demo.pcap.gz')
const SPEED = 10
const EVENTS = ['TlsHello', 'TlsHandshake', 'SshConnection', 'SshSession'].map(tableName)

const running: Installation[] = []

afterEach(async () => {
  for (const installation of running.splice(0)) await installation.stop()
})

async function start(): Promise<Installation> {
  const installation = await startInstallation()
  running.push(installation)
  return installation
}

/**
 * Rows of every event table by connection (ids of connections that came to nothing hold their time, which
 * differs from run to run), and the last score of every entity. */
async function result(installation: Installation) {
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

test('kill -9 of every process during a replay gives the rows and scores of an undisturbed run', async () => {
  const calm = await start()
  await calm.replay(DEMO, SPEED)
  await calm.settled()
  const expected = await result(calm)
  await running.pop()?.stop()
  expect(expected.scores.length).toBeGreaterThan(20)

  const disturbed = await start()
  const replaying = disturbed.replay(DEMO, SPEED)
  for (const name of ['process', 'sink', 'log', 'clickhouse', 'serve', 'process', 'log']) {
    // Spreads the kills over the seven seconds of the replay; nothing awaits the time itself.
    await sleep(700)
    await disturbed.kill(name)
  }
  await replaying
  await disturbed.settled()
  expect(await result(disturbed)).toEqual(expected)
}, 180_000)

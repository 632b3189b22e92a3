import { afterEach, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startInstallation, type Installation } from '../support/installation.ts'
import { recomputedScores } from '../support/recomputed-scores.ts'
import { recordedResult } from '../support/recorded-result.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo/demo.pcap.gz')
const SPEED = 10

const running: Installation[] = []

afterEach(async () => {
  for (const installation of running.splice(0)) await installation.stop()
})

async function start(): Promise<Installation> {
  const installation = await startInstallation()
  running.push(installation)
  return installation
}

test('kill -9 of every process during a replay gives the rows of an undisturbed run and the scores of an undisturbed fold', async () => {
  const calm = await start()
  await calm.replay(DEMO, SPEED)
  await calm.settled()
  const expected = await recordedResult(calm)
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
  expect((await recordedResult(disturbed)).rows).toEqual(expected.rows)
  // Two runs differ in when the population's rows come between the events; one log has one order.
  const { published, recomputed } = await recomputedScores(disturbed.config)
  expect(published.size).toBe(expected.scores.length)
  expect(published).toEqual(recomputed)
}, 180_000)

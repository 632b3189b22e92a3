import { afterEach, expect } from '@jest/globals'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startInstallation, type Installation } from '../support/installation.ts'
import { recomputedScores } from '../support/recomputed-scores.ts'
import { recordedResult, type RecordedResult } from '../support/recorded-result.ts'
import { drawnSeed, numbersOf, setting, soak } from './soak.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo/demo.pcap.gz')
const SERVICES = ['log', 'clickhouse', 'sink', 'process', 'serve']
const SPEED = 10
const KILLS = 8
/** The replay takes 7 s at this speed; with 0 to 1.4 s before each, some kills come after its end. */
const MOST_MS = 1_400

const running: Installation[] = []

afterEach(async () => {
  for (const installation of running.splice(0)) await installation.stop()
}, 30_000)

async function replayed(disturb: (one: Installation) => Promise<void>): Promise<RecordedResult> {
  const installation = await startInstallation()
  running.push(installation)
  const replaying = installation.replay(DEMO, SPEED)
  // Its failure is told by the await below; a kill that fails first must not hide behind it.
  replaying.catch(() => undefined)
  await disturb(installation)
  await replaying
  await installation.settled()
  const result = await recordedResult(installation)
  // Two runs differ in when the population's rows come between the events; one log has one order.
  const { published, recomputed } = await recomputedScores(installation.config)
  expect(published).toEqual(recomputed)
  await running.pop()?.stop()
  return result
}

soak(
  'kill -9 of whatever, whenever, gives the rows of an undisturbed run and the scores of an undisturbed fold',
  async () => {
    const seed = drawnSeed('kills')
    const random = numbersOf(seed)
    const expected = await replayed(() => Promise.resolve())
    expect(expected.scores.length).toBeGreaterThan(20)
    for (let round = 0; round < setting('VESTIBULE_SOAK_ROUNDS', 5); round += 1) {
      const said: string[] = []
      const result = await replayed(async (installation) => {
        for (let n = 0; n < KILLS; n += 1) {
          const waitMs = Math.floor(random() * MOST_MS)
          const name = SERVICES[Math.floor(random() * SERVICES.length)] ?? 'log'
          said.push(`${name} after ${waitMs} ms`)
          await sleep(waitMs)
          await installation.kill(name)
        }
      })
      process.stderr.write(`round ${round + 1}: killed ${said.join(', ')}\n`)
      expect(result.rows).toEqual(expected.rows)
      expect(result.scores).toHaveLength(expected.scores.length)
    }
  },
  600_000,
)

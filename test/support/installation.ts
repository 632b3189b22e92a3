import { createClient, type ClickHouseClient } from '@clickhouse/client'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntilReady } from '../../cli/up/readiness.ts'
import { settled } from '../../cli/up/settled.ts'
import { servicesOf } from '../../cli/up/services.ts'
import { supervise, type Supervised } from '../../io/supervisor.ts'
import { openEventLog } from '../../io/event-log/open.ts'
import { SILENT } from '../../lib/logger.ts'
import { readConfig, type Config } from '../../lib/config.ts'
import { atTheEnd } from './endings.ts'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { temporaryFolder } from './programs.ts'

/** The embedded services of one machine as `vestibule up` runs them, in a temporary folder on free ports. */
export interface Installation {
  readonly config: Config
  readonly clickhouse: ClickHouseClient
  /** Kills a service's process with SIGKILL; its supervisor starts it again. */
  kill(name: string): Promise<void>
  /** Replays a capture; resolves when the replay has ended. */
  replay(file: string, speed: number): Promise<void>
  /** Resolves when all that is on the log is folded and in ClickHouse. */
  settled(): Promise<void>
  rows(query: string): Promise<readonly Record<string, unknown>[]>
  stop(): Promise<void>
}

export async function startInstallation(settings: Partial<Config> = {}): Promise<Installation> {
  const folder = temporaryFolder('installation')
  const read = readConfig(
    {},
    {
      dataDir: folder.path,
      apiPort: await freePort(),
      clickhouseUrl: `http://127.0.0.1:${await freePort()}`,
      ...settings,
    },
  )
  if (read.kind === 'fault') throw new Error(read.message)
  const { config } = read
  mkdirSync(join(folder.path, 'logs'), { recursive: true })
  const running = new Map<string, Supervised>()
  const events = { started: () => undefined, ended: () => undefined }
  const none = { interfaces: [], replay: [], replayLog: undefined, followLogs: [] }
  let ending: Promise<void> | undefined
  const stop = (): Promise<void> => (ending ??= stopAll([...running.values()].reverse(), folder))
  atTheEnd(stop)
  for (const service of servicesOf(config, none)) {
    const child = supervise(service.spec, events)
    running.set(service.spec.name, child)
    if (!(await waitUntilReady(service, config, () => ending !== undefined, child.saidReady))) {
      await stop()
      throw new Error(`${service.title} did not become ready`)
    }
  }
  const clickhouse = createClient({ url: config.clickhouseUrl, database: 'vestibule' })
  const rows = async (query: string): Promise<readonly Record<string, unknown>[]> => {
    const result = await clickhouse.query({ query, format: 'JSONEachRow' })
    return result.json<Record<string, unknown>>()
  }
  await eventually('history has its tables and views', () =>
    rows('SELECT count() FROM decision_outcome').then(
      () => true,
      () => false,
    ),
  )
  return {
    config,
    clickhouse,
    rows,
    async kill(name): Promise<void> {
      const child = running.get(name)
      const pid = child?.pid()
      if (child === undefined || pid === undefined) throw new Error(`${name} does not run`)
      process.kill(pid, 'SIGKILL')
      await eventually(`${name} runs again`, () => {
        const now = child.pid()
        return now !== undefined && now !== pid
      })
    },
    async replay(file, speed): Promise<void> {
      const [service] = servicesOf(config, { ...none, replay: [file] }).filter(({ spec }) =>
        spec.name.startsWith('replay'),
      )
      if (service === undefined) throw new Error('no replay service')
      const args = [...service.spec.args, '--speed', String(speed)]
      const job = supervise({ ...service.spec, args }, events)
      const code = await job.finished
      if (code !== 0) throw new Error(`the replay ended with ${code}`)
    },
    async settled(): Promise<void> {
      const log = await openEventLog(config, { logger: SILENT })
      const quiet = await settled(log, 60_000)
      await log.close()
      if (!quiet) throw new Error('not everything was folded and stored within 60 s')
    },
    async stop(): Promise<void> {
      await clickhouse.close()
      await stop()
    },
  }
}

async function stopAll(
  children: readonly Supervised[],
  folder: { readonly remove: () => void },
): Promise<void> {
  for (const child of children) await child.stop(2_000)
  folder.remove()
}

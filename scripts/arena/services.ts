import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntilReady } from '../../cli/up/readiness.ts'
import { servicesOf } from '../../cli/up/services.ts'
import { openEventLog } from '../../io/event-log/open.ts'
import { supervise, type Supervised } from '../../io/supervisor.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { readConfig, type Config } from '../../lib/config.ts'
import { SILENT } from '../../lib/logger.ts'
import { type Decision, type SshAuthAttempt } from '../../schemas/generated/records.ts'
import { freePort } from '../../test/support/free-port.ts'

/** Event log, folds and routing API, enforcing; no history. */
export interface ArenaServices {
  readonly config: Config
  readonly apiUrl: string
  /** Calls back for what is decided and what sshd's log tells from now on, until the signal aborts. */
  follow(takers: Takers, signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

export interface Takers {
  readonly decided: (decision: Decision) => void
  readonly attempted?: (attempt: SshAuthAttempt) => void
}

export async function startServices(folder: string): Promise<ArenaServices> {
  const policyFile = join(folder, 'policy.yaml')
  writeFileSync(policyFile, 'shadow: false\n')
  const dataDir = join(folder, 'data')
  const read = readConfig({}, { dataDir, policyFile, apiPort: await freePort() })
  if (read.kind === 'fault') throw new Error(read.message)
  const { config } = read
  mkdirSync(join(dataDir, 'logs'), { recursive: true })
  const running: Supervised[] = []
  const stop = async (): Promise<void> => {
    for (const child of running.toReversed()) await child.stop(2_000)
  }
  const none = { interfaces: [], replay: [], replayLog: undefined, followLogs: [] }
  const services = servicesOf(config, none).filter(
    ({ spec }) => !['clickhouse', 'sink'].includes(spec.name),
  )
  for (const service of services) {
    const child = supervise(service.spec, { started: () => undefined, ended: () => undefined })
    running.push(child)
    if (await waitUntilReady(service, config, () => false, child.saidReady)) continue
    await stop()
    throw new Error(`${service.title} is not ready; its log is in ${dataDir}/logs`)
  }
  return {
    config,
    apiUrl: `http://127.0.0.1:${config.apiPort}`,
    async follow({ decided, attempted }, signal): Promise<void> {
      const log = await openEventLog(config, { logger: SILENT })
      const codec = singleObjectCodec()
      const topics = ['decisions', 'client-events'] as const
      try {
        for await (const { records } of log.follow({
          topics,
          from: 'end',
          signal,
        })) {
          for (const { value } of records) {
            const decoded = value === null ? undefined : codec.decode(value)
            if (decoded?.kind !== 'record') continue
            if (decoded.type === 'Decision') decided(decoded.record)
            if (decoded.type === 'SshAuthAttempt') attempted?.(decoded.record)
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        await log.close()
      }
    },
    stop,
  }
}

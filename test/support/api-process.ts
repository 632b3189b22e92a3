import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntilReady } from '../../cli/up/readiness.ts'
import { servicesOf } from '../../cli/up/services.ts'
import { supervise, type Supervised } from '../../io/supervisor.ts'
import { readConfig, type Config } from '../../lib/config.ts'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { temporaryFolder } from './programs.ts'

/** Event log and routing API as processes of their own, as `vestibule up` runs them, and nothing else. */
export interface ApiProcess {
  readonly config: Config
  readonly url: string
  /** Process id of `log` or `serve` as it runs now. */
  pid(name: 'log' | 'serve'): number
  /** Kills with SIGKILL; resolves when its supervisor has it running and ready again. */
  kill(name: 'log' | 'serve'): Promise<void>
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  stop(): Promise<void>
}

/** Starts both on free ports in a temporary folder; `policy` is YAML. */
export async function startApiProcess(
  policy = '',
  settings: Partial<Config> = {},
): Promise<ApiProcess> {
  const folder = temporaryFolder('api-process')
  const policyFile = join(folder.path, 'policy.yaml')
  writeFileSync(policyFile, policy)
  mkdirSync(join(folder.path, 'logs'), { recursive: true })
  const own = { dataDir: folder.path, apiPort: await freePort(), policyFile }
  const read = readConfig({}, { ...own, ...settings })
  if (read.kind === 'fault') throw new Error(read.message)
  const { config } = read
  const url = `http://127.0.0.1:${config.apiPort}`
  const events = { started: () => undefined, ended: () => undefined }
  const none = { interfaces: [], replay: [], replayLog: undefined, followLogs: [] }
  const running = new Map<string, Supervised>()
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= stopAll([...running.values()], folder.remove))
  for (const service of servicesOf(config, none)) {
    const { name } = service.spec
    if (name !== 'log' && name !== 'serve') continue
    const child = supervise(service.spec, events)
    running.set(name, child)
    if (await waitUntilReady(service, config, () => stopped !== undefined, child.saidReady))
      continue
    await stop()
    throw new Error(`${service.title} did not become ready`)
  }
  const pid = (name: string): number => running.get(name)?.pid() ?? 0
  return {
    ...{ config, url, pid, stop },
    async kill(name): Promise<void> {
      const before = pid(name)
      process.kill(before, 'SIGKILL')
      await eventually(`${name} runs again`, async () => {
        const now = pid(name)
        if (now === 0 || now === before) return false
        return fetch(`${url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        )
      })
    },
    async call(method, path, body): Promise<{ status: number; body: unknown }> {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: await response.json() }
    },
  }
}

async function stopAll(children: readonly Supervised[], remove: () => void): Promise<void> {
  for (const child of children.toReversed()) await child.stop(2_000)
  remove()
}

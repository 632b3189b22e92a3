import { readFileSync } from 'node:fs'
import { supervise, type Supervised } from '../../io/supervisor.ts'
import { openEventLog } from '../../io/event-log/open.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type Config } from '../../lib/config.ts'
import { SILENT } from '../../lib/logger.ts'
import { apiClient } from '../api-client.ts'
import { runLiveView } from '../live/view.ts'
import { hints } from './hints.ts'
import { preflight } from './preflight.ts'
import { waitUntilReady } from './readiness.ts'
import { settled } from './settled.ts'
import { servicesOf, type UpService, type UpSources } from './services.ts'

/** Of the three seconds in which everything must be gone, what one service may take. */
const GRACE_MS = 900

/** How long a replay that ends waits for history. */
const HISTORY_MS = 30_000

const out = process.stdout
const say = (line: string): void => void out.write(`${line}\n`)

/** Starts everything, shows it working, and stops everything in the opposite order. */
export async function runUp(
  config: Config,
  sources: UpSources,
  signal: AbortSignal,
  exitAfterReplay: boolean,
): Promise<void> {
  say(`vestibule: data in ${config.dataDir}, logs in ${config.dataDir}/logs`)
  const services = servicesOf(config, sources)
  const fault = await preflight(config, services)
  if (fault !== undefined) throw new Error(fault)
  const running: Supervised[] = []
  const notices: string[] = []
  try {
    for (const service of services) {
      if (signal.aborted) return
      const started = await startService(service, config, notices)
      running.push(started)
    }
    const jobs = running.filter(({ name }) => name.startsWith('replay-'))
    await showUntil(config, jobs, notices, signal, exitAfterReplay)
  } finally {
    say('vestibule: stopping')
    for (const service of running.toReversed()) await service.stop(GRACE_MS)
    say('vestibule: stopped')
  }
}

async function startService(
  service: UpService,
  config: Config,
  notices: string[],
): Promise<Supervised> {
  const { spec, title } = service
  const since = Date.now()
  let deaths = 0
  let ready = false
  const child = supervise(spec, {
    started: () => undefined,
    ended(_name, how, again) {
      deaths += 1
      if (!ready) return
      const next = again === undefined ? '' : `, starting it again in ${again} ms`
      const why = how === 'exit code 0' ? 'ended' : `ended (${how}: ${lastWords(spec.logFile)})`
      notices.push(`${title} ${why}${next}`)
    },
  })
  const optional = spec.name.startsWith('capture-') || service.ready === 'started'
  ready = await waitUntilReady(service, config, () => deaths > 1)
  if (!ready && !optional) {
    await child.stop(GRACE_MS)
    throw new Error(`${title} did not start: ${lastWords(spec.logFile)}`)
  }
  say(`  ${title} ${service.ready === 'started' ? 'started' : 'ready'} (${Date.now() - since} ms)`)
  return child
}

/** The last sentence a service wrote, for people: JSON log lines give their message. */
function lastWords(file: string): string {
  const last = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  const message = /"msg":"([^"]*)"/.exec(last)?.[1]
  return message ?? (last === '' ? `nothing in ${file}` : last.replace(/^vestibule: /, ''))
}

async function showUntil(
  config: Config,
  jobs: readonly Supervised[],
  notices: string[],
  signal: AbortSignal,
  exitAfterReplay: boolean,
): Promise<void> {
  const log = await openEventLog(config, { logger: SILENT })
  const stop = new AbortController()
  const all = AbortSignal.any([signal, stop.signal])
  const startedAt = Date.now()
  const tell = (...lines: readonly string[]): void => void notices.push(...lines)
  const replayed = Promise.all(jobs.map(({ finished }) => finished)).then(async () => {
    if (jobs.length === 0) return
    tell(`replay ended after ${((Date.now() - startedAt) / 1000).toFixed(0)} s`)
    if (!exitAfterReplay) return
    if (!(await settled(log, HISTORY_MS, signal))) tell('history has not taken everything yet')
    stop.abort()
  })
  await runLiveView(
    {
      ...{
        log,
        codec: singleObjectCodec(),
        api: apiClient(`http://${config.apiHost}:${config.apiPort}`),
      },
      ...{ out, gate: 'vestibule-up' },
      notices: () => notices.splice(0),
      onFirstDecision(address) {
        tell(
          `first decision ${((Date.now() - startedAt) / 1000).toFixed(1)} s after everything was ready`,
        )
        tell(...hints(config, address))
      },
    },
    all,
  )
  if (stop.signal.aborted) await replayed
  await log.close()
}

import { supervise, type Supervised } from '../../io/supervisor.ts'
import { openRecords } from '../../io/open-records.ts'
import { type Config } from '../../lib/config.ts'
import { SILENT } from '../../lib/logger.ts'
import { apiClient } from '../api-client.ts'
import { runLiveView } from '../live/view.ts'
import { hints } from './hints.ts'
import { lastWords } from './last-words.ts'
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
  const { spec, title, optional } = service
  const since = Date.now()
  let deaths = 0
  let told = ''
  const child = supervise(spec, {
    started: () => undefined,
    ended(_name, how, again) {
      deaths += 1
      const line = endOf(service, how, again)
      // The same end again and again is one thing to say.
      if (line !== undefined && line !== told) notices.push(line)
      told = line ?? ''
    },
  })
  const givenUp = (): boolean => deaths > (optional ? 0 : 1)
  const ready = await waitUntilReady(service, config, givenUp, child.saidReady)
  if (!ready && !optional) {
    await child.stop(GRACE_MS)
    throw new Error(`${title} did not start: ${lastWords(spec.logFile)}`)
  }
  if (ready)
    say(
      `  ${title} ${service.ready === 'started' ? 'started' : 'ready'} (${Date.now() - since} ms)`,
    )
  else say(`  ${notices.splice(0).join('; ')} The rest goes on without it.`)
  return child
}

/** What is to be said of a process that ended; nothing of a replay that is over. */
function endOf(
  { spec, title }: UpService,
  how: string,
  again: number | undefined,
): string | undefined {
  if (how === 'exit code 0' && again === undefined) return undefined
  return `${title} ended: ${how.startsWith('exit code') ? lastWords(spec.logFile) : how}`
}

async function showUntil(
  config: Config,
  jobs: readonly Supervised[],
  notices: string[],
  signal: AbortSignal,
  exitAfterReplay: boolean,
): Promise<void> {
  const { log, codec } = await openRecords(config, { logger: SILENT })
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
        codec,
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

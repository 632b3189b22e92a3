import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import {
  changeCommands,
  fillCommands,
  type MapEntry,
  preparedVersion,
  processOf,
} from './map-commands.ts'
import { type PushChanges, type PushedVerdicts } from './pushed-verdicts.ts'

export interface PushPorts {
  /** One command to the runtime socket of one HAProxy; its answer. */
  readonly tell: (socket: string, command: string) => Promise<string>
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly metrics: Metrics
  readonly logger: Logger
}

export interface PushSettings {
  readonly sockets: readonly string[]
  /** The map's name as the configuration writes it. */
  readonly map: string
}

/** How often changes leave, and how often everything is pushed anew. */
const EVERY_MS = 250
const REFRESH_MS = 30_000
/** An entry that nobody renews ends after so long: verdicts must not outlive who made them. */
const GOOD_FOR_S = 90

/** What is known of one HAProxy. */
interface Balancer {
  readonly socket: string
  pid: number | undefined
  filledMs: number
  reachable: boolean
}

/**
 * Keeps the verdict maps of HAProxies as they should be until the signal aborts. Each command has a
 * connection of its own, so that after a reload it reaches the new worker; a worker that is new, or was
 * filled half a minute ago, gets everything in one step.
 */
export async function runPush(
  verdicts: PushedVerdicts,
  settings: PushSettings,
  ports: PushPorts,
  signal: AbortSignal,
): Promise<void> {
  const balancers = settings.sockets.map((socket): Balancer => ({
    socket,
    pid: undefined,
    filledMs: -Infinity,
    reachable: true,
  }))
  while (!signal.aborted) {
    const changes = verdicts.look(ports.now())
    await Promise.all(balancers.map((one) => push(one, changes, verdicts, settings.map, ports)))
    ports.metrics.gauge('pushed_verdicts', verdicts.size)
    ports.metrics.gauge('pushed_verdicts_dropped', verdicts.dropped)
    await ports.sleep(EVERY_MS, signal)
  }
}

async function push(
  to: Balancer,
  changes: PushChanges,
  verdicts: PushedVerdicts,
  map: string,
  ports: PushPorts,
): Promise<void> {
  const nowMs = ports.now()
  try {
    const pid = processOf(await ports.tell(to.socket, 'show info\n'))
    if (pid === undefined) throw new Error('it does not answer as HAProxy does')
    if (pid !== to.pid || changes.anew || nowMs - to.filledMs > REFRESH_MS) {
      await fill(to, verdicts, map, ports)
      Object.assign(to, { pid, filledMs: nowMs })
    } else {
      const until = untilOf(nowMs)
      const added = changes.added.map((key) => ({ key, until }))
      for (const command of changeCommands(map, added, changes.removed)) {
        await ports.tell(to.socket, command)
      }
    }
    if (!to.reachable) ports.logger.info('a balancer is reached again', { socket: to.socket })
    to.reachable = true
  } catch (error) {
    ports.metrics.count('push_failures_total', 1)
    // Whatever it missed it gets when it is back.
    to.filledMs = -Infinity
    if (to.reachable)
      ports.logger.warn('a balancer takes no verdicts', { socket: to.socket, error })
    to.reachable = false
  }
}

async function fill(
  to: Balancer,
  verdicts: PushedVerdicts,
  map: string,
  { tell, now, metrics }: PushPorts,
): Promise<void> {
  const prepared = await tell(to.socket, `prepare map ${map}\n`)
  const version = preparedVersion(prepared)
  if (version === undefined) throw new Error(`no map ${map}: ${prepared.trim().slice(0, 200)}`)
  const { moved, asked } = verdicts.all(now())
  const until = untilOf(now())
  const entries: readonly MapEntry[] = [
    ...moved.map((key) => ({ key, until })),
    ...asked.map((key) => ({ key, until: 0 })),
  ]
  for (const command of fillCommands(map, version, entries)) await tell(to.socket, command)
  metrics.count('push_fills_total', 1)
}

function untilOf(nowMs: number): number {
  return Math.floor(nowMs / 1_000) + GOOD_FOR_S
}

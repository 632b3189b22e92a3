import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

export interface ServiceSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** File its output is appended to. */
  readonly logFile: string
  /** `always`: started again when it ends; `no`: a job that may end. */
  readonly restart: 'always' | 'no'
}

export interface SupervisorEvents {
  started(name: string, pid: number): void
  /** `again` says in how many milliseconds it is started again; undefined: it is not. */
  ended(name: string, how: string, again: number | undefined): void
}

export interface Supervised {
  readonly name: string
  pid(): number | undefined
  /** The process running now said `ready` over its IPC channel. */
  readonly saidReady: () => boolean
  /** Resolves when a job with restart `no` has ended; with its exit code. */
  readonly finished: Promise<number>
  /** SIGTERM, then SIGKILL when `graceMs` have passed. */
  stop(graceMs: number): Promise<void>
}

/** What a service sends over its IPC channel once it does what it is for. */
export const READY = 'ready'

const BACKOFF_MS = [100, 200, 500, 1_000, 2_000, 5_000, 15_000, 60_000] as const
/** A service that ran this long has recovered: its next failure waits shortly again. */
const HEALTHY_AFTER_MS = 10_000

/**
 * Keeps one child process running. Children get a process group of their own, so that Ctrl-C reaches
 * the supervisor only, and an IPC channel, so that they end when the supervisor is gone.
 */
export function supervise(spec: ServiceSpec, events: SupervisorEvents): Supervised {
  let child: ChildProcess | undefined
  let stopping = false
  let ready = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let settle: (code: number) => void = () => undefined
  const finished = new Promise<number>((resolve) => (settle = resolve))

  function start(): void {
    const startedAt = Date.now()
    ready = false
    child = spawnService(spec)
    if (child.pid !== undefined) events.started(spec.name, child.pid)
    child.on('message', (message) => (ready ||= message === READY))
    child.once('exit', (code, signal) => {
      child = undefined
      ready = false
      const how = signal ?? `exit code ${code ?? 0}`
      if (stopping || spec.restart === 'no') {
        if (!stopping) events.ended(spec.name, how, undefined)
        settle(code ?? 1)
        return
      }
      failures = Date.now() - startedAt > HEALTHY_AFTER_MS ? 0 : failures + 1
      const wait = BACKOFF_MS[Math.min(Math.max(failures - 1, 0), BACKOFF_MS.length - 1)] ?? 0
      events.ended(spec.name, how, wait)
      timer = setTimeout(start, wait)
    })
  }

  start()
  return {
    name: spec.name,
    pid: () => child?.pid,
    saidReady: () => ready,
    finished,
    async stop(graceMs): Promise<void> {
      stopping = true
      clearTimeout(timer)
      if (child === undefined) settle(0)
      else await terminated(child, graceMs)
    },
  }
}

function spawnService(spec: ServiceSpec): ChildProcess {
  mkdirSync(dirname(spec.logFile), { recursive: true, mode: 0o750 })
  const log = openSync(spec.logFile, 'a', 0o640)
  const child = spawn(spec.command, [...spec.args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, ...spec.env },
  })
  closeSync(log)
  return child
}

async function terminated(child: ChildProcess, graceMs: number): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await gone
  clearTimeout(kill)
}

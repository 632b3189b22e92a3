import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { eventually } from './eventually.ts'
import { freePort, isListening } from './free-port.ts'
import { temporaryFolder } from './programs.ts'

/** A running `vestibule gate ssh`. */
export interface Gate {
  readonly port: number
  readonly metricsPort: number
  readonly pid: number
  /** What it logged so far. */
  log(): string
  /** Value of a metric as /metrics shows it, summed over the series that hold all the words; 0 when there is none. */
  metric(name: string, ...words: readonly string[]): Promise<number>
  /** Process ids of those that serve, or served: the newest last. */
  serving(): readonly number[]
  /** SIGTERM: it takes no more connections and ends; its serving process ends with the last one. */
  drain(): void
  /** SIGHUP: another process serves from now on. */
  reload(): void
  ended(): boolean
  stop(): Promise<void>
}

const PROGRAM = join(import.meta.dirname, '../../cli/main.ts')

/** Starts a gate with one listener on a free port; `listener` and `more` go over the usual settings. */
export async function startGate(
  upstreamPort: number,
  apiUrl: string,
  listener: object = {},
  more: object = {},
  dataDir?: string,
  address = '127.0.0.1',
): Promise<Gate> {
  const folder = temporaryFolder('gate')
  const port = await freePort()
  const metricsPort = await freePort()
  const file = join(folder.path, 'gate.yaml')
  const settings = {
    listeners: [
      {
        name: 'ssh',
        listen: `${address}:${port}`,
        upstream: `127.0.0.1:${upstreamPort}`,
        ...listener,
      },
    ],
    api: { url: apiUrl },
    ...more,
  }
  writeFileSync(file, stringify(settings))
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, 'gate', 'ssh', '--config', file]
  const child = spawn(
    process.execPath,
    [...args, '--data', dataDir ?? folder.path, '--metrics-port', String(metricsPort)],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  child.stderr.on('data', (text: Buffer) => (log += text.toString()))
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
  const serving = (): number[] =>
    [...log.matchAll(/"pid":(\d+)[^\n]*SSH gate listens/g)].map(([, pid]) => Number(pid))
  const stop = async (): Promise<void> => {
    await end(child)
    for (const pid of serving()) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    folder.remove()
  }
  try {
    await eventually('the gate listens', async () => {
      if (ended()) throw new Error(`the gate ended: ${log}`)
      return log.includes('SSH gate listens') && (await isListening(metricsPort))
    })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port,
    metricsPort,
    pid: child.pid ?? 0,
    log: () => log,
    metric: (name, ...words) => metric(metricsPort, name, words),
    serving,
    reload: () => child.kill('SIGHUP'),
    drain: () => child.kill('SIGTERM'),
    ended,
    stop,
  }
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function metric(port: number, name: string, words: readonly string[]): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return text
    .split('\n')
    .filter(
      (line) => line.startsWith(`vestibule_${name}`) && words.every((word) => line.includes(word)),
    )
    .map((line) => Number(line.split(' ').at(-1)))
    .reduce((sum, value) => sum + value, 0)
}

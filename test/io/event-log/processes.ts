import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connectEventLog, type ConnectOptions } from '../../../io/event-log/connect.ts'
import { type EventLog } from '../../../lib/event-log.ts'
import { ended, ending } from '../../support/endings.ts'
import { until } from './reading.ts'

/** A script as a process, and the lines it has said. */
export interface Script {
  readonly process: ChildProcess
  readonly lines: readonly string[]
  /** Ends it and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

export function runScript(name: string, argument: string): Script {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, name), argument],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  ending(child, 'SIGKILL')
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return {
    process: child,
    lines,
    async end(signal) {
      const gone = ended(child, signal)
      if (signal !== 'SIGKILL') child.kill('SIGCONT')
      await gone
    },
  }
}

/** An owner process on a folder of its own. */
export class OwnerOnDisk {
  readonly folder: string
  readonly socketPath: string
  readonly #options: object
  readonly #clients: EventLog[] = []
  #script: Script | undefined

  constructor(options: object = {}, folder = mkdtempSync(join(tmpdir(), 'event-log-'))) {
    this.folder = folder
    this.socketPath = join(folder, 'log.sock')
    this.#options = options
  }

  get process(): ChildProcess {
    if (this.#script === undefined) throw new Error('the owner was not started')
    return this.#script.process
  }

  async start(): Promise<void> {
    const options = { dataDir: this.folder, socketPath: this.socketPath, ...this.#options }
    const script = runScript('owner-process.ts', JSON.stringify(options))
    this.#script = script
    await until(() => script.lines.includes('ready'))
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#script?.end(signal)
  }

  async connect(options: Partial<ConnectOptions> = {}): Promise<EventLog> {
    const log = await connectEventLog({ socketPath: this.socketPath, ...options })
    this.#clients.push(log)
    return log
  }

  async end(): Promise<void> {
    for (const client of this.#clients) await client.close()
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { JARS, writeBrokerFiles, type BrokerPorts, type BrokerSecurity } from './broker-files.ts'

export interface BrokerOptions {
  /** Holds everything the broker writes. */
  readonly folder: string
  readonly ports: BrokerPorts
  readonly security?: BrokerSecurity
  /** Further settings of server.properties. */
  readonly properties?: Readonly<Record<string, string>>
  readonly heapMegabytes?: number
}

/** A real Apache Kafka broker, its own controller (KRaft), as a child process. */
export interface Broker {
  /** As it prints it when it starts. */
  readonly version: string
  /** `host:port` for clients. */
  readonly brokers: string
  pid(): number | undefined
  /** Ends it, SIGTERM unless said otherwise, and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again on what it stored. */
  start(): Promise<void>
}

const START_MS = 60_000

/** Formats the folder when it is empty, starts the broker and waits until it serves. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { folder, ports, security, properties = {} } = options
  mkdirSync(folder, { recursive: true })
  const file = writeBrokerFiles(folder, ports, security, properties)
  if (!existsSync(join(folder, 'log/meta.properties'))) format(file, security)
  let child: ChildProcess | undefined
  let version = ''

  async function start(): Promise<void> {
    const begun = await run(file, options)
    child = begun.child
    version = begun.version
  }

  await start()
  return {
    get version() {
      return version
    },
    brokers: `127.0.0.1:${ports.plain}`,
    pid: () => child?.pid,
    start,
    async end(signal = 'SIGTERM'): Promise<void> {
      if (child?.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      if (signal !== 'SIGKILL') child.kill('SIGCONT')
      await gone
    },
  }
}

function format(file: string, security: BrokerSecurity | undefined): void {
  const id = randomBytes(16).toString('base64url')
  const users =
    security === undefined
      ? []
      : ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
          '--add-scram',
          `${mechanism}=[name=${security.user},password=${security.password}]`,
        ])
  const args = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', file, ...users]
  execFileSync('java', [...java(64), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function run(
  file: string,
  { folder, heapMegabytes = 384 }: BrokerOptions,
): Promise<{ child: ChildProcess; version: string }> {
  const layout = `-Dlog4j2.configurationFile=${join(folder, 'log4j2.yaml')}`
  const args = [...java(heapMegabytes), layout, 'kafka.Kafka', file]
  const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
  const log = createWriteStream(join(folder, 'broker.log'), { flags: 'a' })
  child.stderr.pipe(log, { end: false })
  let version = ''
  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`the broker did not start within ${START_MS / 1000} s: see ${folder}`))
    }, START_MS)
    child.once('exit', (code) => {
      clearTimeout(late)
      reject(new Error(`the broker ended with ${code}: see ${join(folder, 'broker.log')}`))
    })
    lines.on('line', (line) => {
      log.write(`${line}\n`)
      version = /Kafka version: (\S+)/.exec(line)?.[1] ?? version
      if (!line.includes('Kafka Server started')) return
      clearTimeout(late)
      resolve()
    })
  })
  await ready.catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  return { child, version }
}

/** A small heap, and the quick compiler only: such a broker serves one machine, and often for minutes. */
function java(heapMegabytes: number): readonly string[] {
  const lean = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
  return [`-Xmx${heapMegabytes}m`, ...lean, '-cp', join(JARS, '*')]
}

/** Removes what a broker stored. */
export function removeBroker(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, globSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const FOLDER = join(import.meta.dirname, '../../.tools/schema-registry')
const START_MS = 60_000
const LOOK_EVERY_MS = 100

/** A real schema registry as a child process; it keeps its schemas in memory. */
export interface Registry {
  /** `apicurio-registry-app-3.0.9`. */
  readonly version: string
  /** Where it speaks Confluent's API. */
  readonly url: string
  /** Ends it and waits until it is gone. */
  end(): Promise<void>
}

/** Starts what fetch.sh brought on a port of the loopback and waits until it answers. */
export async function startRegistry(port: number, logFile: string): Promise<Registry> {
  const [jar] = globSync(join(FOLDER, '*-runner.jar'))
  if (jar === undefined) throw new Error('no schema registry: run scripts/schema-registry/fetch.sh')
  const lean = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const child = spawn('java', [...lean, '-jar', jar], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      QUARKUS_HTTP_HOST: '127.0.0.1',
      QUARKUS_HTTP_PORT: String(port),
      APICURIO_STORAGE_KIND: 'sql',
      APICURIO_STORAGE_SQL_KIND: 'h2',
    },
  })
  const log = createWriteStream(logFile, { flags: 'a' })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const deadline = Date.now() + START_MS
  while (!(await answers(`${url}/subjects`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the schema registry did not start: see ${logFile}`)
    }
    await sleep(LOOK_EVERY_MS)
  }
  return {
    version: jar.split('/').at(-1)?.replace('-runner.jar', '') ?? '',
    url,
    async end(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      // It holds nothing that would have to be saved.
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

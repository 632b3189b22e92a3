import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atTheEnd, ending, stopping } from '../../support/endings.ts'
import { SERVER_ENVIRONMENT } from '../../../io/clickhouse/server.ts'

export const PASSWORD = 'correct horse'

export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly dataDir: string
  readonly child: ChildProcess
  /** A client that may write. */
  writer(): ClickHouseClient
  /** A client without a password: the read role. */
  reader(): ClickHouseClient
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** The server as it runs for users: a process of its own, on a free port and a folder that is removed. */
export async function startServer(
  dataDir = mkdtempSync(join(tmpdir(), 'vestibule-clickhouse-')),
  port = 0,
): Promise<RunningServer> {
  atTheEnd(() => {
    rmSync(dataDir, { recursive: true, force: true })
  })
  const child = ending(
    spawn(process.execPath, ['io/clickhouse/server-main.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...SERVER_ENVIRONMENT,
        NODE_OPTIONS: '',
        VESTIBULE_DATA: dataDir,
        VESTIBULE_CLICKHOUSE_URL: `http://127.0.0.1:${port}`,
        VESTIBULE_CLICKHOUSE_PASSWORD: PASSWORD,
      },
    }),
  )
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve()
    }),
  )
  const ready = await firstLine(child)
  const url = `http://127.0.0.1:${ready.port}`
  const clients: ClickHouseClient[] = []
  const client = (username: string, password: string): ClickHouseClient => {
    const made = createClient({
      url,
      username,
      password,
      log: { level: ClickHouseLogLevel.OFF },
    })
    clients.push(made)
    return made
  }
  return stopping({
    url,
    port: ready.port,
    dataDir,
    child,
    writer: () => client('vestibule', PASSWORD),
    reader: () => client('default', ''),
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
      await Promise.all(clients.splice(0).map((made) => made.close()))
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
      if (signal === 'SIGTERM') rmSync(dataDir, { recursive: true, force: true })
    },
  })
}

function firstLine(child: ChildProcess): Promise<{ readonly port: number }> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const line = /^.*\n/.exec(text)?.[0]
      if (line !== undefined) resolve(JSON.parse(line) as { port: number })
    })
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${code ?? 'a signal'}`))
    })
  })
}

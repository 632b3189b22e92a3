import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiClient, type ApiClient } from '../../cli/api-client.ts'
import { parseReference } from '../../lib/decision-reference.ts'
import { eventually } from '../../test/support/eventually.ts'
import { freePort } from '../../test/support/free-port.ts'
import { startTwoTiers, type TwoTiers } from '../../test/support/two-tiers.ts'
import { stagePolicy, type StageServer } from './policy.ts'

const VESTIBULE = join(import.meta.dirname, '../../bin/vestibule')

/** Front tier, two primary and one mitigation handshake server, three data servers, and Vestibule beside them. */
export interface Stage {
  readonly tiers: TwoTiers
  readonly api: ApiClient
  readonly apiPort: number
  readonly clickhouseUrl: string
  /** Every line of every tier, as `follow-log` reads it. */
  readonly lines: readonly string[]
  /** What `vestibule up` said. */
  said(): string
  stop(): Promise<void>
}

const STRENGTHS = [
  { http1Ms: 0, http2Ms: 30, bytesPerMs: 1_500 },
  { http1Ms: 30, http2Ms: 30, bytesPerMs: 400_000 },
  { http1Ms: 30, http2Ms: 0, bytesPerMs: 20_000 },
] as const

const SERVERS: readonly StageServer[] = [
  { id: 'primary-1', pool: 'primary', port: 443 },
  { id: 'primary-2', pool: 'primary', port: 443 },
  { id: 'mitigation-1', pool: 'mitigation', port: 443 },
  { id: 'data-1', pool: 'data', port: 80, labels: ['http1', 'small', 'interactive'] },
  { id: 'data-2', pool: 'data', port: 80, labels: ['bulk', 'lasting'] },
  { id: 'data-3', pool: 'data', port: 80, labels: ['h2'] },
]

export interface StageOptions {
  readonly folder: string
  /** Command and its first arguments; default the system's. */
  readonly haproxy?: readonly string[] | undefined
  /** How long HAProxy waits for an answer; default as in gates/haproxy. */
  readonly processingMs?: number | undefined
}

const STARTING_MS = 60_000

/** Starts all of it below a folder. */
export async function startStage({ folder, haproxy, processingMs }: StageOptions): Promise<Stage> {
  mkdirSync(folder, { recursive: true })
  const policy = join(folder, 'policy.yaml')
  writeFileSync(policy, stagePolicy(SERVERS))
  const [apiPort, spopPort, clickhousePort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
  ])
  const logFile = join(folder, 'haproxy.log')
  const log = createWriteStream(logFile, { flags: 'a' })
  const args = [
    ...['up', '--data', join(folder, 'data'), '--policy', policy, '--follow-log', logFile],
    ...['--port', String(apiPort), '--spop-port', String(spopPort)],
    ...['--clickhouse-port', String(clickhousePort)],
  ]
  const up = spawn(VESTIBULE, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collected(up)
  const api = apiClient(`http://127.0.0.1:${apiPort}`)
  const lines: string[] = []
  const proven = (reference: string, client: string): void => {
    void tellProof(api, reference, client)
  }
  let tiers: TwoTiers | undefined
  const stop = async (): Promise<void> => {
    await tiers?.stop()
    await ended(up)
    log.end()
  }
  try {
    await eventually('Vestibule runs', () => running(up, output), STARTING_MS)
    tiers = await startTwoTiers({
      agents: [spopPort],
      program: haproxy,
      processingMs,
      data: STRENGTHS.map((strength) => ({ strength, authenticated: proven })),
      logged(line) {
        lines.push(line)
        log.write(`${line}\n`)
      },
    })
  } catch (error) {
    await stop()
    throw error
  }
  const clickhouseUrl = `http://127.0.0.1:${clickhousePort}`
  return { tiers, api, apiPort, clickhouseUrl, lines, said: output, stop }
}

/** What an application does that knows its user: the reference, and the client, came in the PROXY header. */
async function tellProof(api: ApiClient, reference: string, client: string): Promise<void> {
  const decisionId = parseReference(reference)?.decisionId
  await api
    .call('POST', '/v1/outcomes', {
      ...(decisionId === undefined ? {} : { decisionId }),
      ...{ client: { ip: client }, listener: 'shop' },
      ...{ result: 'completed', authenticated: true, actor: 'shop-app' },
    })
    .catch(() => undefined)
}

function collected(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-100_000)))
  }
  return () => text
}

function running(up: ChildProcess, output: () => string): boolean {
  if (up.exitCode !== null) throw new Error(`vestibule up ended: ${output()}`)
  return output().includes('log ') && output().includes('haproxy.log started')
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill('SIGKILL'), 8_000)
    child.once('exit', () => {
      clearTimeout(late)
      resolve()
    })
    child.kill('SIGINT')
  })
}

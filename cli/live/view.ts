import { setTimeout as sleep } from 'node:timers/promises'
import { type Codec } from '../../lib/codec/codec.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { ApiError, type ApiClient } from '../api-client.ts'
import { ask } from './ask.ts'
import { liveClients, type LiveClient, type LiveClients } from './clients.ts'
import { clientJson, clientLine, decisionText, renderTable } from './render.ts'

export interface ViewPorts {
  readonly log: EventLog
  readonly codec: Codec
  readonly api: ApiClient
  readonly out: NodeJS.WriteStream
  /** A JSON line at every change of a client's decision, and nothing else. */
  readonly json?: boolean
  /** Who asks the API: it is recorded with each decision. */
  readonly gate: string
  /** Lines to be said now, above the table, for good: each is given once. */
  notices(): readonly string[]
  onFirstDecision?: (address: string) => void
}

const DRAW_EVERY_MS = 400
const HEAD_LINES = 3
/** Width of a line where no terminal tells one. */
const PLAIN_COLUMNS = 200

/** Follows the topics and shows clients, scores and decisions until the signal aborts. */
export async function runLiveView(ports: ViewPorts, signal: AbortSignal): Promise<void> {
  const clients = liveClients()
  const failed = new AbortController()
  const following = follow(ports, clients, signal)
  following.catch(() => {
    failed.abort()
  })
  const ended = AbortSignal.any([signal, failed.signal])
  const shown = new Map<LiveClient, string>()
  let drawn = 0
  let first = true
  while (!ended.aborted) {
    const answered = await askAboutChanges(ports, clients)
    if (first && answered > 0) {
      first = false
      ports.onFirstDecision?.(
        clients.all().find(({ answer }) => answer !== undefined)?.address ?? '127.0.0.1',
      )
    }
    const table = ports.out.isTTY && ports.json !== true
    drawn = table ? draw(ports, clients, drawn) : print(ports, clients, shown)
    await sleep(DRAW_EVERY_MS, undefined, { signal: ended }).catch(() => undefined)
  }
  for (const line of ports.notices()) ports.out.write(`${line}\n`)
  await following
}

async function follow(ports: ViewPorts, clients: LiveClients, signal: AbortSignal): Promise<void> {
  const topics = ['client-events', 'scores'] as const
  for await (const batch of ports.log.follow({ topics, from: 'end', signal })) {
    for (const { value } of batch.records) {
      if (value === null) continue
      const decoded = ports.codec.decode(value)
      if (decoded.kind === 'record') clients.take(decoded)
    }
  }
}

async function askAboutChanges(ports: ViewPorts, clients: LiveClients): Promise<number> {
  const changed = clients.all().filter(({ stale }) => stale)
  let answered = 0
  for (const client of changed.slice(0, 50)) {
    client.stale = false
    try {
      client.answer = await ask(ports.api, client, ports.gate)
      answered += 1
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      client.stale = true
      break
    }
  }
  return answered
}

/** Draws over the table drawn before; returns how many lines it took. */
function draw(ports: ViewPorts, clients: LiveClients, drawn: number): number {
  const { out } = ports
  const lines = renderTable(clients.all(), Math.max(3, out.rows - HEAD_LINES), out.columns, true)
  const up = drawn > 0 ? `\u001b[${drawn}A\r` : ''
  const said = ports.notices().map((line) => `${line}\n`)
  out.write(`${up}\u001b[J${[...said, ...lines.map((line) => `${line}\n`)].join('')}`)
  return lines.length
}

/** Without a terminal: a line whenever a client's decision changes. */
function print(ports: ViewPorts, clients: LiveClients, shown: Map<LiveClient, string>): number {
  for (const line of ports.notices()) ports.out.write(`${line}\n`)
  const json = ports.json === true
  if (!json && shown.size === 0 && clients.all().some(({ answer }) => answer !== undefined)) {
    ports.out.write(`TIME     ${renderTable([], 0, PLAIN_COLUMNS, false)[0] ?? ''}\n`)
  }
  for (const client of clients.all()) {
    const decision = `${decisionText(client)} ${(client.answer?.value ?? 0).toFixed(1)}`
    if (client.answer === undefined || shown.get(client) === decision) continue
    shown.set(client, decision)
    const time = new Date(client.lastSeenAt / 1000).toISOString().slice(11, 19)
    const line = json ? clientJson(client) : `${time} ${clientLine(client, PLAIN_COLUMNS)}`
    ports.out.write(`${line}\n`)
  }
  return 0
}

import { setTimeout as sleep } from 'node:timers/promises'
import { type Codec } from '../../lib/codec/codec.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { type ApiClient } from '../api-client.ts'
import { ask } from './ask.ts'
import { liveClients, type LiveClient, type LiveClients } from './clients.ts'
import { clientLine, decisionText, renderTable } from './render.ts'

export interface ViewPorts {
  readonly log: EventLog
  readonly codec: Codec
  readonly api: ApiClient
  readonly out: NodeJS.WriteStream
  /** Who asks the API: it is recorded with each decision. */
  readonly gate: string
  /** Lines above the table, made anew at each draw. */
  header(): readonly string[]
  onFirstDecision?: (address: string) => void
}

const DRAW_EVERY_MS = 400
const HEAD_LINES = 3

/** Follows the topics and shows clients, scores and decisions until the signal aborts. */
export async function runLiveView(ports: ViewPorts, signal: AbortSignal): Promise<void> {
  const clients = liveClients()
  const following = follow(ports, clients, signal)
  const shown = new Map<LiveClient, string>()
  let drawn = 0
  let first = true
  while (!signal.aborted) {
    const answered = await askAboutChanges(ports, clients)
    if (first && answered > 0) {
      first = false
      ports.onFirstDecision?.(
        clients.all().find(({ answer }) => answer !== undefined)?.address ?? '127.0.0.1',
      )
    }
    drawn = ports.out.isTTY ? draw(ports, clients, drawn) : print(ports, clients, shown)
    await sleep(DRAW_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
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
      if (!(error instanceof Error)) throw error
      client.stale = true
      break
    }
  }
  return answered
}

/** Draws over what was drawn before; returns how many lines it took. */
function draw(ports: ViewPorts, clients: LiveClients, drawn: number): number {
  const header = ports.header()
  const rows = Math.max(3, ports.out.rows - header.length - HEAD_LINES)
  const lines = [...header, ...renderTable(clients.all(), rows, ports.out.columns, true)]
  const up = drawn > 0 ? `\u001b[${drawn}A` : ''
  ports.out.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[J`)
  return lines.length
}

/** Without a terminal: a line whenever a client's decision changes. */
function print(ports: ViewPorts, clients: LiveClients, shown: Map<LiveClient, string>): number {
  for (const client of clients.all()) {
    const decision = `${decisionText(client)} ${(client.answer?.value ?? 0).toFixed(1)}`
    if (client.answer === undefined || shown.get(client) === decision) continue
    shown.set(client, decision)
    const time = new Date(client.lastSeenAt / 1000).toISOString().slice(11, 19)
    ports.out.write(`${time} ${clientLine(client, 200)}\n`)
  }
  return 0
}

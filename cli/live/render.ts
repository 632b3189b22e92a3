import { printable } from '../printable.ts'
import { type LiveClient } from './clients.ts'

const WIDTHS = { client: 24, speaks: 38, seen: 6, score: 10, decision: 22 } as const

/** Share of the scale below which no reason is given. */
const WORTH_A_REASON = 0.2

/** Most suspicious first, then the most recently seen. */
export function rank(clients: readonly LiveClient[]): readonly LiveClient[] {
  return [...clients].sort((a, b) => share(b) - share(a) || b.lastSeenAt - a.lastSeenAt)
}

/** The table as lines of at most `columns` characters, head included, no control characters but colour. */
export function renderTable(
  clients: readonly LiveClient[],
  rows: number,
  columns: number,
  colour: boolean,
): readonly string[] {
  const head = line('CLIENT', 'SPEAKS', 'SEEN', 'SCORE', 'DECISION', 'WHY', columns)
  return [
    colour ? `\u001b[1m${head}\u001b[0m` : head,
    ...rank(clients)
      .slice(0, rows)
      .map((client) => {
        const text = clientLine(client, columns)
        return colour ? `${paint(client)}${text}\u001b[0m` : text
      }),
  ]
}

/** One client as one line. */
export function clientLine(client: LiveClient, columns: number): string {
  return line(
    client.address,
    client.speaks,
    String(client.connections),
    scoreText(client),
    decisionText(client),
    whyText(client),
    columns,
  )
}

/** One client as a JSON line, for machines. `score` is 0..1 of TLS, 0..100 of SSH; null before anything is known. */
export function clientJson(client: LiveClient): string {
  const { address, protocol, speaks, connections, lastSeenAt, answer, score } = client
  return JSON.stringify({
    time: new Date(lastSeenAt / 1000).toISOString(),
    ...{ client: address, protocol, speaks, seen: connections },
    score: answer?.value ?? score?.value ?? null,
    band: score?.band ?? null,
    decision: answer?.verdict ?? null,
    shadow: answer?.shadow ?? null,
    why: whyText(client),
  })
}

/** `tls 0.93` on the scale 0 to 1, `ssh 87` on the scale 0 to 100. */
export function scoreText(client: LiveClient): string {
  const value = client.answer?.value ?? client.score?.value
  if (value === undefined) return `${client.protocol} -`
  return `${client.protocol} ${client.protocol === 'tls' ? value.toFixed(2) : value.toFixed(0)}`
}

/** What the API answers, or would answer if it were not in shadow. */
export function decisionText(client: LiveClient): string {
  if (client.answer === undefined) return ''
  const { verdict, shadow } = client.answer
  const harmless = verdict === 'primary' || verdict === 'pass'
  return shadow && !harmless ? `(shadow) ${verdict}` : verdict
}

/** Nothing for those who are not suspected; for the others the heaviest evidence. */
function whyText(client: LiveClient): string {
  if (share(client) < WORTH_A_REASON) return ''
  const heaviest = client.score?.contributions.toSorted((a, b) => b.nats - a.nats)[0]
  return heaviest !== undefined && heaviest.nats > 0 ? heaviest.text : (client.answer?.why ?? '')
}

function line(
  client: string,
  speaks: string,
  seen: string,
  score: string,
  decision: string,
  why: string,
  columns: number,
): string {
  const cells = [
    fit(client, WIDTHS.client),
    fit(speaks, WIDTHS.speaks),
    fit(seen, WIDTHS.seen),
    fit(score, WIDTHS.score),
    fit(decision, WIDTHS.decision),
    printable(why),
  ]
  return cells.join(' ').slice(0, columns).trimEnd()
}

function fit(text: string, width: number): string {
  const shown = printable(text)
  return shown.length > width ? `${shown.slice(0, width - 1)}~` : shown.padEnd(width)
}

/** How far up its scale a client is, 0 to 1. */
function share(client: LiveClient): number {
  const value = client.answer?.value ?? client.score?.value ?? 0
  return client.protocol === 'tls' ? value : value / 100
}

function paint(client: LiveClient): string {
  const suspicion = share(client)
  if (suspicion >= 0.75) return '\u001b[31m'
  if (suspicion >= 0.3) return '\u001b[33m'
  return '\u001b[32m'
}

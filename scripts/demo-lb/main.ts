import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshDemoFolder } from '../../cli/up/demo-folder.ts'
import { findProgram } from '../../test/support/programs.ts'
import { type Relay } from './relay.ts'
import { startStage, type Stage } from './stage.ts'
import { Standings } from './standings.ts'
import { tableOf } from './table.ts'
import { visitorsOf } from './visitors.ts'

/** `make demo-lb [SECONDS=90]`: HAProxy's two tiers, ordinary and hostile clients at once, a data server that turns bad. */
const SECONDS = Number(process.env['SECONDS'] ?? 90)
const ROOT = join(import.meta.dirname, '../..')
const REDRAW_MS = 1_000

const out = process.stdout
const say = (line: string): void => void out.write(`${line}\n`)

async function main(signal: AbortSignal): Promise<void> {
  if (!Number.isFinite(SECONDS) || SECONDS < 20) throw new Error('SECONDS is a number from 20 on')
  const folder = join(ROOT, 'data/demo-lb')
  freshDemoFolder(folder)
  const newer = join(ROOT, '.tools/haproxy-3/haproxy')
  const system = findProgram('haproxy')
  if (system === undefined && !existsSync(newer)) {
    throw new Error("HAProxy is not installed: 'make setup-test' brings it, as root")
  }
  say(`demo-lb: data in ${folder}; everything is on this machine's loopback`)
  const stage = await startStage({ folder, haproxy: [system ?? newer] })
  const relays: Relay[] = []
  const over = new AbortController()
  const { visitors, absent } = visitorsOf({ port: stage.tiers.port, folder, relays })
  if (absent.length > 0) {
    say(`left out, for their programs are not installed: ${absent.join(', ')} (make setup-corpus)`)
  }
  const standings = new Standings(visitors)
  const running = visitors.map((one) => one.run(over.signal))
  try {
    await show(stage, standings, signal)
    say('')
    for (const line of hints(stage)) say(line)
  } finally {
    over.abort()
    await Promise.all(running)
    await Promise.all(relays.map((relay) => relay.stop()))
    await stage.stop()
    say('demo-lb: stopped')
  }
}

/** Draws the table until the time is over; at 60 % of it the most used data server turns bad. */
async function show(stage: Stage, standings: Standings, signal: AbortSignal): Promise<void> {
  const startedAt = Date.now()
  const bad = new Set<string>()
  let read = 0
  let drawn = 0
  let turnedAt = 0
  let left = false
  while (!signal.aborted && Date.now() - startedAt < SECONDS * 1_000) {
    await sleep(REDRAW_MS, undefined, { signal }).catch(() => undefined)
    for (; read < stage.lines.length; read += 1) standings.take(stage.lines[read] ?? '')
    const elapsed = Date.now() - startedAt
    const notes: string[] = []
    if (turnedAt === 0 && elapsed > SECONDS * 600) {
      const [first] = [...standings.loads()].toSorted((a, b) => b[1] - a[1])
      const server = stage.tiers.data.find(({ id }) => id === first?.[0])
      if (server !== undefined) {
        server.turn('bad')
        bad.add(server.id)
        turnedAt = Date.now()
        notes.push(`${server.id} now breaks every connection off`)
      }
    }
    const [badOne = ''] = bad
    if (turnedAt > 0 && !left && lately(stage, badOne) === 0) {
      left = true
      notes.push(
        `${badOne} lost its clients after ${((Date.now() - turnedAt) / 1_000).toFixed(0)} s`,
      )
    }
    drawn = redraw(tableOf(standings.all(), bad, out.isTTY), notes, drawn)
  }
}

/** Ordinary connections that a data server got in the last two seconds. */
function lately(stage: Stage, server: string): number {
  const since = Date.now() / 1_000 - 2
  return stage.lines
    .slice(-400)
    .filter((line) => line.includes(` srv=${server} `) && line.includes(' tier=primary '))
    .filter((line) => Number(/ at=([\d.]+)/.exec(line)?.[1]) > since).length
}

/** On a terminal the table stays in its place; elsewhere it is written again. Notes stay above it. */
function redraw(lines: readonly string[], notes: readonly string[], before: number): number {
  if (out.isTTY && before > 0) out.write(`\u001b[${before}A\u001b[J`)
  for (const note of notes) say(`>>> ${note}`)
  say(lines.join('\n'))
  if (!out.isTTY) say('')
  return lines.length
}

function hints({ tiers }: Stage): readonly string[] {
  const last = (lines: readonly string[], word: string): string =>
    lines.findLast((line) => line.includes(word)) ?? ''
  return [
    "HAProxy's own words, front tier and mitigation tier, of a client that was moved:",
    `  ${last(tiers.front.lines, 'pool=mitigation')}`,
    `  ${last(tiers.mitigation.lines, 'tier=mitigation ')}`,
  ]
}

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    stop.abort()
  })
}
try {
  await main(stop.signal)
  process.exit(0)
} catch (error) {
  process.stderr.write(`demo-lb: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

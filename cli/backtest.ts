import { type Command } from 'commander'
import { basename } from 'node:path'
import { createBacktest, type BacktestClient } from '../processors/backtest.ts'
import { evaluate, type Evaluation } from '../processors/evaluate.ts'
import { readLabels } from './backtest/labels.ts'
import { mergeByTime } from './backtest/merge-by-time.ts'
import { progressBar } from './backtest/progress-bar.ts'
import { readRecords } from './backtest/read-records.ts'
import { TIME_ZONE_OPTION, zoneFor } from './time-zone-option.ts'

interface BacktestFlags {
  readonly labels?: string
  readonly json?: boolean
  readonly timezone?: string
  readonly top: number
}

export function register(program: Command): void {
  program
    .command('backtest')
    .description('Captures, sshd logs or event NDJSON through the very same folds, in memory.')
    .argument('<file...>', 'files; their records are put in the order of their time')
    .option('--labels <file>', 'lines "ADDRESS benign|hostile"; or the word logins')
    .option('--top <n>', 'clients to show', Number, 20)
    .option(...TIME_ZONE_OPTION)
    .option('--json', 'one JSON object per client, the evaluation last')
    .action(backtest)
}

async function backtest(files: readonly string[], flags: BacktestFlags): Promise<void> {
  const labelOf = flags.labels === undefined ? undefined : await readLabels(flags.labels)
  const folds = createBacktest()
  const bar = progressBar()
  let events = 0
  const shares = new Map<string, number | undefined>()
  const zone = zoneFor(flags.timezone ?? process.env['VESTIBULE_TIMEZONE'])
  const read = files.map((file) => readRecords(file, (share) => shares.set(file, share), zone))
  for await (const any of mergeByTime(read)) {
    folds.feed(any)
    events += 1
    bar.draw(labelOfFiles(files), leastOf(shares), events)
  }
  bar.clear()
  const clients = [...folds.clients()].sort((a, b) => scale(b) - scale(a))
  const evaluation = labelOf === undefined ? undefined : evaluate(clients, labelOf)
  if (flags.json === true) {
    for (const client of clients) console.log(JSON.stringify({ kind: 'client', ...client }))
    const unmoved = Object.fromEntries(folds.unmoved())
    console.log(
      JSON.stringify({ kind: 'summary', events, unmoved, evaluation: evaluation ?? null }),
    )
    return
  }
  console.log(`${events} events of ${clients.length} clients`)
  for (const client of clients.slice(0, flags.top)) console.log(lineOf(client))
  if (evaluation !== undefined) console.log(told(evaluation))
}

function labelOfFiles(files: readonly string[]): string {
  const [first = ''] = files
  return files.length === 1 ? basename(first) : `${files.length} files`
}

/** How far all of them are, where that can be told. */
function leastOf(shares: ReadonlyMap<string, number | undefined>): number | undefined {
  const known = [...shares.values()].filter((share) => share !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** Both scales on one: 100 is the end of either. */
function scale({ protocol, highest }: BacktestClient): number {
  return protocol === 'tls' ? 100 * highest.value : highest.value
}

/** What a gate would do at a band, outside shadow, by the default policy. */
const WOULD = {
  tls: { low: 'primary', medium: 'primary', high: 'mitigation', critical: 'mitigation' },
  ssh: { low: 'pass', medium: 'challenge', high: 'step-up', critical: 'terminate' },
} as const

function lineOf(client: BacktestClient): string {
  const { protocol, highest, alarm, contributions, events } = client
  const value = protocol === 'tls' ? highest.value.toFixed(2) : highest.value.toFixed(0)
  const why = contributions
    .slice(0, 3)
    .filter(({ nats }) => nats > 0)
    .map(({ feature, nats }) => `${feature} ${nats.toFixed(1)}`)
    .join(', ')
  const after = alarm === null ? '' : `, alarm at event ${alarm.events} of ${events}`
  const name = client.client.padEnd(24)
  return `${name} ${protocol} ${value.padStart(5)} ${highest.band.padEnd(8)} → ${WOULD[protocol][highest.band]}${after}  ${why}`
}

function told(evaluation: Evaluation): string {
  const { hostile, flagged, detected, benign, falseAlarms, falseAlarmBound } = evaluation
  const share = detected === null ? '-' : detected.toFixed(3)
  const bound = falseAlarmBound === null ? '-' : falseAlarmBound.toFixed(3)
  return [
    `hostile: ${flagged} of ${hostile} flagged (${share}), median at event ${evaluation.medianEventsToAlarm ?? '-'}`,
    `benign: ${falseAlarms} of ${benign} flagged; the rate is below ${bound} (95 %)`,
  ].join('\n')
}

import { type Command } from 'commander'
import { basename } from 'node:path'
import { createBacktest, type BacktestClient } from '../processors/backtest.ts'
import { evaluate, type Evaluation } from '../processors/evaluate.ts'
import { readLabels } from './backtest/labels.ts'
import { actionOf, asControl, readPolicies, type NamedPolicy } from './backtest/policies.ts'
import { mergeByTime } from './backtest/merge-by-time.ts'
import { progressBar } from './backtest/progress-bar.ts'
import { readRecords } from './backtest/read-records.ts'
import { TIME_ZONE_OPTION, zoneFor } from './time-zone-option.ts'
import { UsageError } from './usage-error.ts'

interface BacktestFlags {
  readonly policy: readonly string[]
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
    .option(
      '--policy <file...>',
      'say what each of these policies would do; proxies, own machinery and decoys are those of the first',
      [],
    )
    .option('--labels <file>', 'lines "ADDRESS benign|hostile"; or the word logins')
    .option('--top <n>', 'clients to show', Number, 20)
    .option(...TIME_ZONE_OPTION)
    .option('--json', 'one JSON object per client, the evaluation last')
    .action(backtest)
}

async function backtest(files: readonly string[], flags: BacktestFlags): Promise<void> {
  const labelOf = flags.labels === undefined ? undefined : await readLabels(flags.labels)
  if (!Number.isInteger(flags.top) || flags.top < 0) throw new UsageError('--top wants a number')
  const policies = await readPolicies(flags.policy)
  const [ruling] = policies
  const folds = createBacktest()
  if (flags.policy.length > 0 && ruling !== undefined) {
    folds.feed({ type: 'Control', record: asControl(ruling) })
  }
  const trusts = (address: Uint8Array): boolean => ruling?.active.proxies.find(address) === true
  const bar = progressBar()
  let events = 0
  const shares = new Map<string, number | undefined>()
  const zone = zoneFor(flags.timezone ?? process.env['VESTIBULE_TIMEZONE'])
  const read = files.map((file) =>
    readRecords(file, (share) => shares.set(file, share), zone, trusts),
  )
  for await (const any of mergeByTime(read)) {
    folds.feed(any)
    events += 1
    bar.draw(labelOfFiles(files), leastOf(shares), events)
  }
  bar.clear()
  const clients = [...folds.clients()].sort((a, b) => scale(b) - scale(a))
  const evaluation = labelOf === undefined ? undefined : evaluate(clients, labelOf)
  if (flags.json === true) {
    for (const client of clients) {
      const would = Object.fromEntries(policies.map((p) => [p.name, actionOf(client, p)]))
      console.log(JSON.stringify({ kind: 'client', ...client, would }))
    }
    const unmoved = Object.fromEntries(folds.unmoved())
    console.log(
      JSON.stringify({ kind: 'summary', events, unmoved, evaluation: evaluation ?? null }),
    )
    return
  }
  console.log(`${events} events of ${clients.length} clients`)
  for (const client of clients.slice(0, flags.top)) console.log(lineOf(client, policies))
  if (flags.policy.length > 0) {
    for (const policy of policies) console.log(countsOf(clients, policy))
  }
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

/** How many clients a policy would do what with. */
function countsOf(clients: readonly BacktestClient[], policy: NamedPolicy): string {
  const actions = Map.groupBy(clients, (client) => actionOf(client, policy))
  const counts = [...actions].map(([action, of]) => `${of.length} ${action}`)
  return `${policy.name}: ${counts.sort().join(', ')}`
}

function lineOf(client: BacktestClient, policies: readonly NamedPolicy[]): string {
  const { protocol, highest, alarm, contributions, events } = client
  const value = protocol === 'tls' ? highest.value.toFixed(2) : highest.value.toFixed(0)
  const why = contributions
    .slice(0, 3)
    .filter(({ nats }) => nats > 0)
    .map(({ feature, nats }) => `${feature} ${nats.toFixed(1)}`)
    .join(', ')
  const after = alarm === null ? '' : `, alarm at event ${alarm.events} of ${events}`
  const name = client.client.padEnd(24)
  const actions = policies.map((policy) => actionOf(client, policy))
  const would = actions.every((action) => action === actions[0])
    ? (actions[0] ?? '')
    : policies.map((policy, n) => `${policy.name}: ${actions[n] ?? ''}`).join(', ')
  return `${name} ${protocol} ${value.padStart(5)} ${highest.band.padEnd(8)} → ${would}${after}  ${why}`
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

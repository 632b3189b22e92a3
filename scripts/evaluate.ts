/**
 * `npm run evaluate [-- --full] [--seed S] [--json]`: how well clients are judged, measured on seeded
 * populations, simulated faults of randomness, the recorded demonstration and, where they lie beside
 * the project, real logs. Writes docs/evaluation.md and docs/evaluation.json. --full takes a quarter of an hour.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SSH_ATTACK_ASSUMPTIONS } from '../corpus/populations/ssh-attacks.ts'
import { SSH_USER_ASSUMPTIONS } from '../corpus/populations/ssh-users.ts'
import { judgeCampaigns } from './evaluate/campaigns.ts'
import { headlineOf } from './evaluate/headline.ts'
import {
  calibrationTable,
  campaignsTable,
  curvesTable,
  kindsTable,
  randomnessTable,
  rulesTable,
  table,
} from './evaluate/markdown.ts'
import { CAMPAIGN_DAYS, FULL, REDUCED, scenarios } from './evaluate/populations.ts'
import { judgeRandomness } from './evaluate/randomness.ts'
import { judgeSsh, type SshFindings } from './evaluate/ssh-scenario.ts'

const ROOT = new URL('..', import.meta.url).pathname
const LOGS = join(ROOT, '../shared/data/auth-logs')

const USAGE = 'usage: npm run evaluate [-- [--full] [--seed S] [--json]]'
const flags = readFlags()
if (flags.help) {
  console.log(USAGE)
  process.exit(0)
}

const size = flags.full ? FULL : REDUCED
const found: (readonly [string, SshFindings])[] = []
for (const [name, scenario] of scenarios(flags.seed, size)) {
  process.stderr.write(`evaluate: ${name} ...\n`)
  found.push([name, judgeSsh(scenario)])
}
process.stderr.write('evaluate: randomness ...\n')
const randomness = judgeRandomness(flags.seed, flags.full ? 200 : 50)
process.stderr.write('evaluate: campaigns ...\n')
const campaigns = judgeCampaigns(
  flags.seed,
  flags.full ? CAMPAIGN_DAYS.full : CAMPAIGN_DAYS.reduced,
)
const headline = headlineOf(found, randomness, campaigns)
if (flags.json) console.log(JSON.stringify(headline))
writeFileSync(join(ROOT, 'docs/evaluation.json'), `${JSON.stringify(headline, null, 2)}\n`)
writeFileSync(join(ROOT, 'docs/evaluation.md'), page())
process.stderr.write('evaluate: wrote docs/evaluation.md and docs/evaluation.json\n')

function page(): string {
  const [, first] = found[0] ?? []
  if (first === undefined) throw new Error('nothing was judged')
  return [
    '# How well clients are judged',
    `Written by \`npm run evaluate${flags.full ? ' -- --full' : ''}\`, seed \`${flags.seed}\`; never edited. ${size.users} users over ${size.days} days, of which the last ${size.days - size.testFrom} are judged and the first ${size.testFrom} only learned from; ${first.events} events. The unit is a client on a day. Shares stand with their exact 95 % interval (Clopper and Pearson) and the counts behind them. Everything runs through the very folds of production.`,
    '**Populations are made up**: they show what the engine does with the assumptions below, not what your users do. Real logs are at the end.',
    '## SSH, by kind of client',
    kindsTable(first),
    'A health check that never authenticates looks like a scanner, and a job that fails for ever like a guesser: `vestibule doctor` names both, an allow entry ends the first. They are left out of the figures below. A lone try that is never repeated cannot be caught by counting; what is caught of it is its program, by reputation and novelty.',
    '## Beside other rules, on the same events',
    rulesTable(first),
    '## Threshold-free, and when the world changes',
    curvesTable(found),
    'FPR columns: share of hostile client-days found at the largest threshold at which no more than that share of benign ones is alarmed. With fewer benign client-days than 1/FPR that is a threshold no benign one reached.',
    'Poisoning: that share of all clients that log in are an attacker with accounts of its own, who fails once more every second day before each login, so that failing becomes ordinary here. Their own days are counted apart; what is judged is whether the other attackers are still found.',
    '## Budgets',
    `Of ${first.calibration.days} benign client-days with a p-value; where p-values promised too much, they did by at most ${first.calibration.overpromise.toFixed(4)} (largest F(p) - p).`,
    calibrationTable(first),
    '## Campaigns',
    `The alarm of a whole site, over ${campaigns[0]?.days ?? 0} days with a campaign every 12 days: 20 to 40 sources of one program, at most two tries a day each, among 100 people and so many unknown addresses a day that try once. On a site where more strangers fail than a campaign has sources, counting cannot tell them apart.`,
    campaignsTable(campaigns),
    '## Randomness',
    'Clients called broken at e ≥ 10^6 (one good client in a million, whenever one looks), on simulated faults.',
    randomnessTable(randomness),
    '## Recordings and real logs',
    recordings(),
    '## What is assumed',
    [...SSH_USER_ASSUMPTIONS, ...SSH_ATTACK_ASSUMPTIONS].map((line) => `- ${line}`).join('\n'),
  ]
    .join('\n\n')
    .concat('\n')
}

function recordings(): string {
  const demo = ['corpus/demo/demo.pcap.gz', 'corpus/demo/demo.auth.log']
  const rows = [
    backtestRow('demonstration (real tools, recorded)', demo, 'corpus/demo/demo.labels.jsonl'),
  ]
  if (existsSync(LOGS)) {
    for (const log of readdirSync(LOGS).sort())
      rows.push(backtestRow(log, [join(LOGS, log)], 'logins'))
  }
  return table(['what', 'hostile clients flagged', 'benign clients flagged'], rows)
}

function backtestRow(name: string, files: readonly string[], labels: string): readonly string[] {
  const args = ['backtest', ...files, '--labels', labels, '--json']
  const run = spawnSync(join(ROOT, 'bin/vestibule'), args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  const last = run.stdout.trimEnd().split('\n').at(-1) ?? '{}'
  const { evaluation } = JSON.parse(last) as {
    evaluation: { hostile: number; flagged: number; benign: number; falseAlarms: number }
  }
  return [
    name,
    `${evaluation.flagged} of ${evaluation.hostile}`,
    `${evaluation.falseAlarms} of ${evaluation.benign}`,
  ]
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        full: { type: 'boolean', default: false },
        seed: { type: 'string', default: 'vestibule' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    console.error(`evaluate: ${error.message}\n${USAGE}`)
    process.exit(2)
  }
}

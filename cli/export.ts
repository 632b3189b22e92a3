import { type Command, Option } from 'commander'
import { openEventLog } from '../io/event-log/open.ts'
import { replaceFile } from '../io/replace-file.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { SILENT } from '../lib/logger.ts'
import { NO_METRICS } from '../lib/metrics.ts'
import {
  blocklist,
  type Blocklist,
  type BlocklistOptions,
} from '../routing-api/blocklist/blocklist.ts'
import { crowdsecCsv, crowdsecJson, fail2ban, nftables } from '../routing-api/blocklist/formats.ts'
import { ApiState, STATE_TOPICS } from '../routing-api/state/api-state.ts'
import { duration } from './duration.ts'
import { configFrom } from './run-service.ts'
import { UsageError } from './usage-error.ts'

interface Flags {
  readonly minBand: BlocklistOptions['minBand']
  readonly ttl: string
  readonly listener: string
  readonly scoresOnly?: boolean
  readonly output?: string
  readonly data?: string
}

const ABOUT = `
Listed are addresses whose score, of the address as a whole, is in the band or above, and what operators
denied; never an address known as shared, nor one from which somebody logged in within 30 days, nor what
operators allow. In shadow nobody is listed but whom operators denied. What is not renewed ends with its
time: run it again, from cron or a timer, before --ttl has passed. It reads the event log, so the API need
not run; a list goes out whole or not at all.`

export function register(program: Command): void {
  const all = program
    .command('export')
    .description('Suspected addresses as a list for a packet filter or a banning program.')
    .addHelpText('after', ABOUT)
  format(all, 'nftables', 'a file for `nft -f`: replaces its table in one transaction')
    .option('--table <name>', 'table of family inet that belongs to this list', 'vestibule')
    .action((flags: Flags & { table: string }) => {
      const table = named(flags.table, '--table')
      return run(flags, ({ entries }) => nftables(entries, table))
    })
  format(all, 'fail2ban', 'commands for `fail2ban-client -i < FILE`')
    .option('--jail <name>', 'jail that bans them', 'vestibule')
    .action((flags: Flags & { jail: string }) => {
      const jail = named(flags.jail, '--jail')
      return run(flags, ({ entries }, ttlMs) => fail2ban(entries, jail, Math.ceil(ttlMs / 1000)))
    })
  format(all, 'crowdsec', 'a file for `cscli decisions import -i FILE` (name it .json or .csv)')
    .option('--csv', 'CSV instead of JSON')
    .action((flags: Flags & { csv?: boolean }) =>
      run(flags, ({ entries }) =>
        flags.csv === true ? crowdsecCsv(entries) : crowdsecJson(entries),
      ),
    )
}

function format(all: Command, name: string, summary: string): Command {
  const bands = new Option('--min-band <band>', 'least band of the score')
  return all
    .command(name)
    .description(summary)
    .addOption(bands.choices(['medium', 'high', 'critical']).default('critical'))
    .option('--ttl <time>', 'longest time an address stays: 30m, 4h, 7d', '4h')
    .option(
      '--listener <name>',
      'whose shadow counts; default: what the policy says in general',
      '',
    )
    .option('--scores-only', 'without what operators denied')
    .option('--output <file>', 'replace this file at once, instead of writing to the terminal')
    .option('--data <dir>', 'data folder of the installation')
    .addHelpText('after', ABOUT)
}

async function run(flags: Flags, write: (list: Blocklist, ttlMs: number) => string): Promise<void> {
  const config = configFrom(flags.data === undefined ? {} : { data: flags.data })
  if (config.privacy === 'pseudonym')
    throw new UsageError(
      'this installation keeps pseudonyms instead of addresses (VESTIBULE_PRIVACY): there is no address to list',
    )
  const ttlMs = duration(flags.ttl, '--ttl')
  const log = await openEventLog(config, { logger: SILENT, unavailableAfterMs: 3_000 })
  try {
    const state = new ApiState(singleObjectCodec(), NO_METRICS)
    const done = new AbortController()
    for await (const batch of log.follow({
      topics: STATE_TOPICS,
      from: 'start',
      signal: done.signal,
    })) {
      for (const record of batch.records) state.apply(record)
      if (batch.caughtUp) break
    }
    done.abort()
    const now = Date.now()
    state.caughtUp(now)
    const view = { ...state.view(now), lists: state.lists }
    const { minBand, listener } = flags
    const options = { minBand, listener, ttlMs, scoresOnly: flags.scoresOnly === true }
    const list = blocklist(state.scores.entities(), view, now, options)
    const text = write(list, ttlMs)
    if (flags.output === undefined) process.stdout.write(text)
    else await replaceFile(flags.output, text)
    console.error(summaryOf(list))
  } finally {
    await log.close()
  }
}

function summaryOf({ entries, heldBack }: Blocklist): string {
  const words = entries.filter(({ ground }) => ground === 'deny-list').length
  const { shadow, shared, loggedIn, allowed } = heldBack
  const parts = [
    ...(shadow > 0 ? [`${shadow} for the policy is in shadow`] : []),
    ...(shared > 0 ? [`${shared} on shared addresses or by one kind of evidence`] : []),
    ...(loggedIn > 0 ? [`${loggedIn} for somebody logged in from there`] : []),
    ...(allowed > 0 ? [`${allowed} for operators allow them`] : []),
  ]
  const held = parts.length === 0 ? '' : `; held back: ${parts.join(', ')}`
  return `listed: ${entries.length - words} by score, ${words} by operators' word${held}`
}

function named(name: string, option: string): string {
  if (/^[A-Za-z_][\w-]{0,63}$/.test(name)) return name
  throw new UsageError(`${option} ${name}: letters, digits, _ and - only, and a letter first`)
}

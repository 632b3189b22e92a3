import { type Command } from 'commander'
import { parseAddress } from '../lib/client-entity.ts'
import { openAddresses } from '../io/privacy.ts'
import { CLEAR_ADDRESSES, type AddressMap } from '../lib/pseudonym.ts'
import { historyClient, rowsOf } from './history-client.ts'
import { printable } from './printable.ts'
import { rangeOfAddress } from '../lib/client-range.ts'
import { UsageError } from './usage-error.ts'
import { configFrom } from './run-service.ts'

interface HistoryFlags {
  readonly limit: number
  readonly since: string
  readonly json?: true
}

const QUERY = `SELECT toString(observedAt) AS at, client, kind, listener, what, fingerprint, outcome, details
FROM vestibule.client_timeline
WHERE clientAddress BETWEEN toIPv6({first:String}) AND toIPv6({last:String})
  AND observedAt > now() - toIntervalSecond({since:UInt32})
ORDER BY observedAt DESC LIMIT {limit:UInt32}`

export function register(program: Command): void {
  program
    .command('history <ip>')
    .description('Everything seen of a client, newest first. An IPv6 address stands for its /64.')
    .option('-n, --limit <rows>', 'at most this many rows', Number, 50)
    .option('--since <age>', 'no older than: 90s, 15m, 12h, 7d', '30d')
    .option('--json', 'one JSON object per row')
    .action(async (ip: string, flags: HistoryFlags) => {
      const config = configFrom({})
      const range = rangeOf(ip, openAddresses(config))
      if (range === undefined) throw new UsageError(`${ip} is not an IPv4 or IPv6 address`)
      const client = historyClient(config)
      const params = { ...range, since: secondsOf(flags.since), limit: flags.limit }
      const rows = await rowsOf(client, QUERY, params).finally(() => client.close())
      for (const row of rows) {
        process.stdout.write(`${flags.json === true ? JSON.stringify(row) : lineOf(row)}\n`)
      }
      if (rows.length === 0) process.stderr.write(`nothing seen of ${ip} in ${flags.since}\n`)
    })
}

/** First and last address of a client, as records carry them: one IPv4 address, or an IPv6 /64. */
export function rangeOf(
  ip: string,
  addresses: AddressMap = CLEAR_ADDRESSES,
): { first: string; last: string } | undefined {
  const given = parseAddress(ip)
  if (given === undefined) return undefined
  return rangeOfAddress(addresses.of(given))
}

/** `15m` → 900. */
export function secondsOf(age: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(age)
  const unit = { s: 1, m: 60, h: 3_600, d: 86_400 }[match?.[2] ?? '']
  if (match === null || unit === undefined) {
    throw new UsageError(`${age} is not an age: write 90s, 15m, 12h or 7d`)
  }
  return Number(match[1]) * unit
}

function lineOf(row: Record<string, unknown>): string {
  const cell = (name: string): string => {
    const value = row[name]
    return typeof value === 'string' ? value : ''
  }
  const parts = [cell('what'), cell('outcome'), cell('details'), cell('fingerprint')]
  const rest = parts.filter((part) => part !== '').join('  ')
  return printable(
    `${cell('at').slice(0, 23)}  ${cell('kind').padEnd(14)} ${cell('listener')}  ${rest}`,
  )
}

import { type Command } from 'commander'
import { apiClient } from './api-client.ts'
import { duration } from './duration.ts'

interface Flags {
  readonly reason?: string
  readonly actor?: string
  readonly remove?: boolean
  readonly for?: string
  readonly json?: boolean
}

/** `allow` and `deny`: put a prefix on a list, take it off, or show the list. */
export function registerList(program: Command, list: 'allow' | 'deny', summary: string): void {
  program
    .command(list)
    .description(summary)
    .argument('[cidr]', 'address or prefix; without one the list is shown')
    .option('--reason <text>', 'why; kept with the entry')
    .option('--actor <name>', 'who; default: the user of this shell')
    .option('--for <time>', 'how long: 30m, 12h, 7d; default: until it is removed')
    .option('--remove', 'take the prefix off the list')
    .option('--json', 'what the API answered')
    .action(async (cidr: string | undefined, flags: Flags) => {
      const answer = await ask(list, cidr, flags)
      if (flags.json === true) console.log(JSON.stringify(answer))
      else
        console.log(
          cidr === undefined ? JSON.stringify(answer, undefined, 2) : said(list, cidr, flags),
        )
    })
}

function ask(list: string, cidr: string | undefined, flags: Flags): Promise<unknown> {
  const api = apiClient()
  if (cidr === undefined) return api.call('GET', `/v1/lists/${list}`)
  const path = `/v1/lists/${list}/${encodeURIComponent(cidr)}`
  const actor = flags.actor ?? process.env['USER'] ?? 'cli'
  const reason = flags.reason ?? 'none given'
  if (flags.remove === true) {
    return api.call('DELETE', `${path}?${new URLSearchParams({ actor, reason }).toString()}`)
  }
  const untilMs = flags.for === undefined ? undefined : Date.now() + duration(flags.for, '--for')
  return api.call('PUT', path, { actor, reason, ...(untilMs === undefined ? {} : { untilMs }) })
}

function said(list: string, cidr: string, { remove }: Flags): string {
  return remove === true
    ? `${cidr} is no longer on the ${list} list`
    : `${cidr} is on the ${list} list`
}

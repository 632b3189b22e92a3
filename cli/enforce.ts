import { type Command } from 'commander'
import { createInterface } from 'node:readline/promises'
import { configFrom } from './run-service.ts'
import { historyClient, rowsOf } from './history-client.ts'
import { setShadow } from './shadow-command.ts'

interface Flags {
  readonly yes?: boolean
  readonly json?: boolean
  readonly days: string
  readonly reason: string
}

/** Who got an answer in shadow that enforcing would have changed. */
const HURT = `
  SELECT replaceRegexpOne(toString(clientAddress), '^::ffff:([0-9.]+)$', '\\1') AS client, any(kind) AS kind, any(wouldBe) AS would, count() AS times,
         max(score) AS worst, argMax(reasons.text, score)[1] AS why,
         clientAddress IN (
           SELECT clientAddress FROM vestibule.ssh_auth_attempt
           WHERE result = 'accepted' AND observedAt > now() - toIntervalDay({days:UInt16})
         ) AS loggedIn
  FROM vestibule.decision FINAL
  WHERE shadow AND wouldBe != answer AND observedAt > now() - toIntervalDay({days:UInt16})
    AND ({listener:String} = '' OR listener = {listener:String})
  GROUP BY clientAddress ORDER BY loggedIn DESC, times DESC LIMIT 50`

export function register(program: Command): void {
  program
    .command('enforce')
    .description('leave shadow mode, after showing whom it would have hurt')
    .argument('[listener]', 'one listener; default: all that say nothing themselves')
    .option('--days <n>', 'days of history to look at', '7')
    .option('--reason <text>', 'why; kept with the policy version', 'vestibule enforce')
    .option('--yes', 'do not ask')
    .option('--json', 'for machines; needs --yes to change anything')
    .action(async (listener: string | undefined, flags: Flags) => {
      const hurt = await whoWouldBeHurt(listener, Number(flags.days))
      if (flags.json !== true) tell(hurt, flags.days)
      const go = flags.yes === true || (flags.json !== true && (await agreed()))
      const changed = go ? await setShadow(false, listener, flags.reason) : undefined
      if (flags.json === true) console.log(JSON.stringify({ hurt, ...changed }))
      else
        console.log(
          changed === undefined ? 'nothing was changed' : `in force (policy ${changed.version})`,
        )
    })
}

async function whoWouldBeHurt(
  listener = '',
  days: number,
): Promise<readonly Record<string, unknown>[]> {
  const client = historyClient(configFrom({}))
  try {
    return await rowsOf(client, HURT, { days, listener })
  } finally {
    await client.close()
  }
}

function tell(hurt: readonly Record<string, unknown>[], days: string): void {
  if (hurt.length === 0) {
    console.log(`Nobody would have been treated differently in the last ${days} days.`)
    return
  }
  console.log(`Clients that would have been treated differently in the last ${days} days:`)
  for (const { client, kind, would, times, worst, why, loggedIn } of hurt) {
    const parts = [
      client,
      kind,
      would,
      `${String(times)} times`,
      `up to ${Number(worst).toFixed(2)}`,
      ...(Number(loggedIn) === 1 ? ['HAS LOGGED IN'] : []),
    ]
    console.log(`  ${[...parts, why].map(String).join('  ')}`)
  }
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Error(
      'nothing was changed: not a terminal, nobody can be asked; --yes enforces without asking',
    )
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question('Enforce? [y/N] ')
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

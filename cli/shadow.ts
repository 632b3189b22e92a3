import { type Command } from 'commander'
import { setShadow } from './shadow-command.ts'

export function register(program: Command): void {
  program
    .command('shadow')
    .description('decide and record, but answer as if nothing were wrong')
    .argument('[listener]', 'one listener; default: all that say nothing themselves')
    .option('--reason <text>', 'why; kept with the policy version', 'vestibule shadow')
    .option('--json', 'what the API answered')
    .action(async (listener: string | undefined, flags: { reason: string; json?: boolean }) => {
      const answer = await setShadow(true, listener, flags.reason)
      if (flags.json === true) console.log(JSON.stringify(answer))
      else console.log(`${listener ?? 'every listener'} is in shadow (policy ${answer.version})`)
    })
}

import { Command, CommanderError } from 'commander'
import { COMMANDS } from './commands.ts'
import { UsageError } from './usage-error.ts'

/** Exit codes of every command: done, failed, wrong usage. */
const FAILED = 1
const WRONG_USAGE = 2

// Who pipes into `head` has had enough when it closes: no failure, and no stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const program = new Command('vestibule')
  .description('Watches the moment before a connection is let in.')
  .version('0.1.0')
  .showHelpAfterError('(vestibule COMMAND --help says more)')
  .exitOverride()

const [wanted = ''] = process.argv.slice(2)
const named = wanted === 'help' ? (process.argv[3] ?? '') : wanted
const found = COMMANDS.find(({ name }) => name === named)
if (found === undefined) {
  for (const { name, summary, hidden } of COMMANDS) {
    program.command(name, { hidden: hidden === true }).description(summary)
  }
} else {
  const module = await found.load()
  module.register(program)
}

try {
  if (process.argv.length <= 2) program.help()
  await program.parseAsync()
} catch (error) {
  // At once: what a failed command left open must not keep it alive.
  process.exit(codeOf(error))
}

function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
  process.stderr.write(`vestibule: ${error instanceof Error ? error.message : String(error)}\n`)
  if (process.env['VESTIBULE_DEBUG'] !== undefined) console.error(error)
  return error instanceof UsageError ? WRONG_USAGE : FAILED
}

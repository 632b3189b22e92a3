import { UsageError } from '../usage-error.ts'
import { parseSshConnect } from './options.ts'
import { runSession } from './session.ts'
import { tell } from './tell.ts'

/** `vestibule ssh-connect`, past commander: exit codes as of all commands, the process ends with the connection. */
const FAILED = 1
const WRONG_USAGE = 2

try {
  process.exit(await runSession(parseSshConnect(process.argv.slice(3))))
} catch (error) {
  tell(error instanceof Error ? error.message : String(error))
  const wrong = error instanceof UsageError
  if (wrong) process.stderr.write('(vestibule ssh-connect --help says more)\n')
  process.exit(wrong ? WRONG_USAGE : FAILED)
}

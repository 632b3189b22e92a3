import { type Command } from 'commander'
import { eraseClient } from './erase/erase-client.ts'
import { putEnrolment, type EnrolFlags } from './enrol/enrolments-client.ts'
import { UsageError } from './usage-error.ts'

interface EraseFlags extends EnrolFlags {
  readonly user?: string
  readonly key?: string
  readonly device?: boolean
  readonly directory?: boolean
}

export function register(program: Command): void {
  program
    .command('erase [address]')
    .description(
      'forget a client, by its address: scores, profiles, history; or withdraw what is kept of a user: devices and consents, questions, one-time codes',
    )
    .option('--user <name>', 'everything enrolled of a user; - for devices that came without one')
    .option('--device', 'of the user only the devices, and the consent to them')
    .option('--directory', 'of the user only the questions of the directory, and the consent')
    .option('--key <name>', 'the key of a client')
    .option('--reason <text>', 'why; kept on the log')
    .option('--actor <name>', 'who; default: the user of this shell')
    .option('--json', 'for machines')
    .action(erase)
}

async function erase(address: string | undefined, flags: EraseFlags): Promise<void> {
  const { user, key, device, directory } = flags
  if (address !== undefined) {
    if (user !== undefined || key !== undefined || device === true || directory === true) {
      throw new UsageError('erase: an address, or --user NAME, or --key NAME')
    }
    await eraseClient(address, flags)
    return
  }
  if ((user === undefined) === (key === undefined)) {
    throw new UsageError('erase: say whose, with an address, --user NAME or --key NAME')
  }
  if (key !== undefined && (device === true || directory === true)) {
    throw new UsageError('erase: --device and --directory go with --user')
  }
  if (device === true && directory === true) {
    throw new UsageError('erase: --device or --directory, or neither for everything')
  }
  const only = device === true ? 'device' : directory === true ? 'directory' : undefined
  const whose = user === undefined ? { key } : { user }
  const what = { kind: 'withdraw', ...whose, ...(only === undefined ? {} : { only }) }
  const { withdrawn = 0 } = await putEnrolment(what, flags)
  if (flags.json === true) console.log(JSON.stringify({ withdrawn }))
  else console.log(withdrawn === 0 ? 'nothing was kept: nothing to erase' : `${withdrawn} erased`)
}

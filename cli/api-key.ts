import { type Command } from 'commander'
import { createApiKey, keyFile, readApiKeys } from '../io/http/api-keys.ts'
import { configFrom } from './run-service.ts'

const SCOPES = ['gate', 'read', 'operator'] as const

export function register(program: Command): void {
  const keys = program.command('api-key').description('keys of the routing API')
  keys
    .command('create')
    .description('make a key; it is shown once and stored hashed. Restart the API to use it')
    .argument('<name>', 'small letters, digits and dashes')
    .requiredOption('--scope <scope>', 'gate, read or operator')
    .option('--data <dir>', 'data folder')
    .action(async (name: string, flags: { scope: string; data?: string }) => {
      const scope = SCOPES.find((known) => known === flags.scope)
      if (scope === undefined) throw new Error(`--scope is one of ${SCOPES.join(', ')}`)
      const { dataDir } = configFrom(flags.data === undefined ? {} : { data: flags.data })
      console.log(await createApiKey(keyFile(dataDir), name, scope))
    })
  keys
    .command('list')
    .description('names and scopes')
    .option('--data <dir>', 'data folder')
    .action((flags: { data?: string }) => {
      const { dataDir } = configFrom(flags.data === undefined ? {} : { data: flags.data })
      for (const { id, scope } of readApiKeys(keyFile(dataDir))) console.log(`${id} ${scope}`)
    })
}

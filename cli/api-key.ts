import { type Command } from 'commander'
import { createApiKey, keyFile, readApiKeys, removeApiKey } from '../io/http/api-keys.ts'
import { configFrom } from './run-service.ts'

const SCOPES = ['gate', 'read', 'operator'] as const

export function register(program: Command): void {
  const keys = program.command('api-key').description('keys of the routing API')
  keys
    .command('create')
    .description('make a key; it is shown once, stored hashed, and good within a second')
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
    .command('remove')
    .description('take a key away; it is refused within a second')
    .argument('<name>', 'as it was created')
    .option('--data <dir>', 'data folder')
    .action(async (name: string, flags: { data?: string }) => {
      const { dataDir } = configFrom(flags.data === undefined ? {} : { data: flags.data })
      if (!(await removeApiKey(keyFile(dataDir), name))) throw new Error(`there is no key ${name}`)
      console.log(`${name} is no longer a key`)
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

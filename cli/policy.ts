import { type Command } from 'commander'
import { readFileSync } from 'node:fs'
import { parsePolicy } from '../routing-api/policy/parse-policy.ts'
import { apiClient } from './api-client.ts'

interface Flags {
  readonly reason: string
  readonly json?: boolean
}

export function register(program: Command): void {
  const policy = program.command('policy').description('show, check, apply or roll back the policy')
  policy
    .command('show', { isDefault: true })
    .description('the policy in force')
    .option('--json', 'version, text and settings')
    .action(async (flags: { json?: boolean }) => {
      const answer = await apiClient().call('GET', '/v1/policy')
      console.log(flags.json === true ? JSON.stringify(answer) : textOf(answer))
    })
  policy
    .command('check')
    .description('read a policy file without applying it')
    .argument('<file>')
    .action((file: string) => {
      const parsed = parsePolicy(readFileSync(file, 'utf8'))
      if (parsed.kind === 'fault') throw new Error(`${file}: ${parsed.message}`)
      console.log(`${file} is a valid policy (${parsed.hash})`)
    })
  policy
    .command('apply')
    .description('put a policy file in force')
    .argument('<file>')
    .option('--reason <text>', 'why; kept with the version', 'vestibule policy apply')
    .option('--json', 'what the API answered')
    .action(async (file: string, flags: Flags) => {
      const yaml = readFileSync(file, 'utf8')
      await change('PUT', '/v1/policy', { yaml }, flags)
    })
  policy
    .command('versions')
    .description('versions that can be rolled back to, newest first')
    .action(async () => {
      console.log(
        JSON.stringify(await apiClient().call('GET', '/v1/policy/versions'), undefined, 2),
      )
    })
  policy
    .command('rollback')
    .description('put an earlier version in force again')
    .argument('<version>')
    .option('--reason <text>', 'why; kept with the version', 'vestibule policy rollback')
    .option('--json', 'what the API answered')
    .action(async (version: string, flags: Flags) => {
      await change('POST', '/v1/policy/rollback', { version }, flags)
    })
}

async function change(
  method: 'PUT' | 'POST',
  path: string,
  body: object,
  flags: Flags,
): Promise<void> {
  const actor = process.env['USER'] ?? 'cli'
  const answer = await apiClient().call(method, path, { ...body, reason: flags.reason, actor })
  if (flags.json === true) console.log(JSON.stringify(answer))
  else console.log(`policy ${field(answer, 'version')} is in force`)
}

function textOf(answer: unknown): string {
  return `# version ${field(answer, 'version')}\n${field(answer, 'yaml')}`
}

function field(answer: unknown, name: string): string {
  if (answer === null || typeof answer !== 'object') return ''
  const value: unknown = Reflect.get(answer, name)
  return typeof value === 'string' ? value : ''
}

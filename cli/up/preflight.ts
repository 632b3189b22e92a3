import { readFileSync } from 'node:fs'
import { type Config } from '../../lib/config.ts'
import { parsePolicy } from '../../routing-api/policy/parse-policy.ts'
import { isReady } from './readiness.ts'
import { type UpService } from './services.ts'

/** Why nothing should be started, as one sentence; undefined when all is well. */
export async function preflight(
  config: Config,
  services: readonly UpService[],
): Promise<string | undefined> {
  const policy = policyFault(config.policyFile)
  if (policy !== undefined) return policy
  for (const service of services) {
    if (service.optional || !(await isReady(service, config))) continue
    return TAKEN[service.ready]?.(config)
  }
  return undefined
}

const TAKEN: Readonly<Partial<Record<UpService['ready'], (config: Config) => string>>> = {
  'log-socket': ({ dataDir }) =>
    `Vestibule already runs on ${dataDir}: stop it first, or choose another folder with --data`,
  'clickhouse-ping': ({ clickhouseUrl }) =>
    `another ClickHouse answers at ${clickhouseUrl}: choose another port with --clickhouse-port`,
  'api-readyz': ({ apiHost, apiPort }) =>
    `another routing API answers at ${apiHost}:${apiPort}: choose another port with --port`,
}

function policyFault(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    return `the policy ${file} cannot be read: ${why}`
  }
  const parsed = parsePolicy(text)
  return parsed.kind === 'policy' ? undefined : `the policy ${file} is refused: ${parsed.message}`
}

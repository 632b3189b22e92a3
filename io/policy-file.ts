import { fileURLToPath } from 'node:url'
import { type Config } from '../lib/config.ts'

const DEFAULT = fileURLToPath(new URL('../routing-api/policy/default-policy.yaml', import.meta.url))

/** Where the seed of the policy is: as configured, or the one that comes with the program. */
export function policyFileOf({ policyFile }: Pick<Config, 'policyFile'>): string {
  return policyFile ?? DEFAULT
}

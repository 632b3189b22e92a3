import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseAddress } from '../../lib/client-entity.ts'
import { eventId } from '../../lib/event-id.ts'
import { type BacktestClient } from '../../processors/backtest.ts'
import { activate, type ActivePolicy } from '../../routing-api/policy/active-policy.ts'
import { bandBy } from '../../routing-api/policy/band-by.ts'
import { parsePolicy } from '../../routing-api/policy/parse-policy.ts'
import { Policy } from '../../routing-api/policy/policy.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { UsageError } from '../usage-error.ts'

/** A policy by which a backtest is judged. */
export interface NamedPolicy {
  readonly name: string
  readonly text: string
  readonly active: ActivePolicy
}

/** What a gate would do, outside shadow. */
export type Action = 'primary' | 'mitigation' | 'pass' | 'challenge' | 'step-up' | 'terminate'

/** The policies in these files; without any, the built-in one. Throws a UsageError with the place of a fault. */
export async function readPolicies(files: readonly string[]): Promise<readonly NamedPolicy[]> {
  if (files.length === 0)
    return [{ name: 'default', text: '', active: activate(Policy.parse({}), 0) }]
  return Promise.all(files.map(readPolicy))
}

async function readPolicy(file: string): Promise<NamedPolicy> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`the policy ${file} cannot be read`, { cause })
  })
  const parsed = parsePolicy(text)
  if (parsed.kind === 'fault')
    throw new UsageError(`the policy ${file} is refused: ${parsed.message}`)
  return { name: basename(file), text, active: activate(parsed.policy, 1) }
}

/**
 * What the policy does with a client at its highest score, one that brings no helper and holds no pass.
 * Lists and the settings of single listeners are left out: a capture does not name them.
 */
export function actionOf(client: BacktestClient, { active }: NamedPolicy): Action {
  const { protocol, highest } = client
  const { tls, ssh } = active.settings
  const address = parseAddress(client.client.split('/', 1)[0] ?? '')
  const machinery =
    address !== undefined &&
    (active.machinery.find(address) ?? active.proxies.find(address)) !== undefined
  if (protocol === 'tls') {
    return !machinery && highest.value >= tls.threshold ? 'mitigation' : 'primary'
  }
  return machinery ? 'pass' : OF_BAND[bandBy(ssh.bands, highest.value)]
}

const OF_BAND = {
  low: 'pass',
  medium: 'challenge',
  high: 'step-up',
  critical: 'terminate',
} as const

/** The policy as the folds are told of it: own machinery and decoys are its words. */
export function asControl({ name, text }: NamedPolicy): Control {
  const stamp = { eventId: eventId('Control', name, 0), observedAt: 0, ingestedAt: 0 }
  const word = {
    actor: 'backtest',
    reason: '',
    deleted: false,
    sensor: 'backtest',
    site: 'backtest',
  }
  return { ...stamp, ...word, kind: 'policy', id: `1-${name}`, body: text }
}

import { parseArgs } from 'node:util'
import { MOST_EXPECTED_HASHES } from '../../protocols/challenge/puzzle.ts'
import { UsageError } from '../usage-error.ts'

/** What `vestibule ssh-connect` was asked to do. */
export interface SshConnectOptions {
  readonly host: string
  readonly port: number
  /** Command to reach the server through; undefined: TCP. */
  readonly via: string | undefined
  readonly user: string | undefined
  readonly consent: 'given' | 'refused' | 'ask'
  readonly batch: boolean
  readonly strict: boolean
  readonly requireGate: boolean
  readonly state: string | undefined
  readonly mostHashes: number
  readonly quiet: boolean
}

const FLAGS = {
  via: { type: 'string' },
  user: { type: 'string' },
  consent: { type: 'boolean' },
  'no-consent': { type: 'boolean' },
  batch: { type: 'boolean' },
  strict: { type: 'boolean' },
  'require-gate': { type: 'boolean' },
  state: { type: 'string' },
  'max-work': { type: 'string' },
  quiet: { type: 'boolean' },
} as const

/** Reads the arguments after `ssh-connect`. Throws UsageError. */
export function parseSshConnect(args: readonly string[]): SshConnectOptions {
  const { values, positionals } = parsed(args)
  const [host, port = '22', ...more] = positionals
  if (host === undefined || host === '' || more.length > 0) {
    throw new UsageError('HOST and PORT wanted: vestibule ssh-connect %h %p')
  }
  if (values.consent === true && values['no-consent'] === true) {
    throw new UsageError('--consent and --no-consent exclude each other')
  }
  return {
    host,
    port: numberOf(port, 1, 65_535, 'a port'),
    via: values.via,
    user: values.user,
    consent: values.consent === true ? 'given' : values['no-consent'] === true ? 'refused' : 'ask',
    batch: values.batch === true,
    strict: values.strict === true,
    requireGate: values['require-gate'] === true,
    state: values.state,
    mostHashes: numberOf(values['max-work'] ?? `${MOST_EXPECTED_HASHES}`, 0, 2 ** 40, '--max-work'),
    quiet: values.quiet === true,
  }
}

// The inferred type names every flag.
function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function numberOf(text: string, least: number, most: number, what: string): number {
  const value = /^[0-9]{1,13}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`${what} is a number from ${least} to ${most}: ${text}`)
}

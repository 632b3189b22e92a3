import { parseAddress } from '../../lib/client-entity.ts'
import { type DecisionReference, parseReference } from '../../lib/decision-reference.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../../protocols/parsed.ts'

export type Tier = 'front' | 'primary' | 'mitigation'

/** How a tier of gates/haproxy saw a connection end. */
export interface ConnectionEnd {
  readonly tier: Tier
  /** `error`: it ended within the TLS handshake. */
  readonly kind: 'session' | 'error'
  /** Accepted by this tier, milliseconds since 1970. */
  readonly acceptedMs: number
  /** From accept to close, milliseconds; null where HAProxy does not say. */
  readonly durationMs: number | null
  readonly handshakeMs: number | null
  readonly clientAddress: Uint8Array
  readonly clientPort: number
  readonly listener: string
  readonly reference: DecisionReference | undefined
  /** Null where none was reached. */
  readonly server: string | null
  readonly group: string | null
  /** HAProxy's configuration manual 8.5; null of an error line. */
  readonly terminationState: string | null
  readonly bytesIn: number
  readonly bytesOut: number
  /** How closely the mitigation pool looked; null elsewhere. */
  readonly check: 'full' | 'retry' | null
  readonly certificate: 'none' | 'presented' | 'verified'
  /** The agent was asked, and answered. */
  readonly answered: boolean
  /** What the handshake showed against the hello, and why the server was chosen. */
  readonly why: readonly string[]
  /** Packed error of OpenSSL; 0: none. */
  readonly tlsError: number
  /** HAProxy's code of a connection that failed; 0: none. */
  readonly fault: number
}

export type EndCode = 'missing-field' | 'bad-value'

/** Reads the fields of one line; the place of a refusal is the field's name. */
export function readConnectionEnd(
  fields: ReadonlyMap<string, string>,
): Parsed<ConnectionEnd, EndCode> {
  const tier = TIER.exec(fields.get('tier') ?? '')
  if (tier === null) return reject(fields.has('tier') ? 'bad-value' : 'missing-field', 'tier')
  for (const [name, form] of FORMS) {
    const value = fields.get(name)
    if (value !== undefined && !form.test(value)) return reject('bad-value', name)
  }
  const kind = tier[2] === undefined ? 'session' : 'error'
  for (const name of kind === 'session' ? OF_SESSION : OF_ERROR) {
    if (!fields.has(name)) return reject('missing-field', name)
  }
  const clientAddress = parseAddress(fields.get('ci') ?? '')
  if (clientAddress === undefined) return reject('bad-value', 'ci')
  const clientPort = numberOf(fields, 'cp') ?? 0
  if (clientPort > 65_535) return reject('bad-value', 'cp')
  return emit({
    ...{ tier: tierOf(tier[1]), kind, clientAddress, clientPort },
    acceptedMs: Number(fields.get('at')) * 1_000,
    durationMs: numberOf(fields, 'ms'),
    handshakeMs: numberOf(fields, 'hs'),
    listener: fields.get('li') ?? '',
    reference: parseReference(fields.get('ref') ?? ''),
    server: fields.get('srv') === '<NOSRV>' ? null : (fields.get('srv') ?? null),
    group: fields.get('group') ?? null,
    terminationState: fields.get('st') ?? null,
    bytesIn: numberOf(fields, 'in') ?? 0,
    bytesOut: numberOf(fields, 'out') ?? 0,
    check: tier[1] === 'mitigation' ? (fields.get('check') === 'retry' ? 'retry' : 'full') : null,
    certificate: certificateOf(fields),
    answered: !fields.has('err') && fields.has('why'),
    why: fields.get('why')?.split(',') ?? [],
    tlsError: numberOf(fields, 'tls') ?? 0,
    fault: numberOf(fields, 'fault') ?? 0,
  })
}

const TIER = /^(front|primary|mitigation)(-error)?$/
const NUMBER = /^(?:\d{1,15}|-1)$/
const NAME = /^[\w.:/-]{1,128}$/
/** At most what HAProxy writes; a server that was not reached is `<NOSRV>`. */
const FORMS: ReadonlyMap<string, RegExp> = new Map([
  ['at', /^\d{9,10}\.\d{3}$/],
  ...['cp', 'in', 'out', 'ms', 'hs', 'tls', 'fault', 'verify'].map(
    (name) => [name, NUMBER] as const,
  ),
  ['li', NAME],
  ['srv', /^(?:[\w.:-]{1,128}|<NOSRV>)$/],
  ['st', /^[A-Za-z-]{2,4}$/],
  ['check', NAME],
  ['crt', /^[01]$/],
  ['group', /^[a-z0-9/]{1,64}$/],
  ['why', /^[a-z0-9_,-]{1,512}$/],
])
const OF_SESSION = ['at', 'ci', 'cp', 'li', 'st', 'in', 'out', 'ms']
const OF_ERROR = ['at', 'ci', 'cp', 'li']

function tierOf(text: string | undefined): Tier {
  return text === 'primary' || text === 'mitigation' ? text : 'front'
}

/** -1 is HAProxy's word for a time that did not come. */
function numberOf(fields: ReadonlyMap<string, string>, name: string): number | null {
  const value = Number(fields.get(name) ?? -1)
  return value < 0 ? null : value
}

function certificateOf(fields: ReadonlyMap<string, string>): ConnectionEnd['certificate'] {
  if (fields.get('crt') !== '1') return 'none'
  return fields.get('verify') === '0' ? 'verified' : 'presented'
}

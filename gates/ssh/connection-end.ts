/** How a gated connection ended; a closed list, usable as a metric label and as an Outcome's terminationState. */
export type ConnectionEnd =
  /** It was spliced to a server and came to its own end. */
  | 'served'
  /** The client went before anything was decided, or while a challenge was open. */
  | 'client-left'
  | 'not-ssh'
  | 'version-1'
  | 'identification-too-long'
  | 'bad-packet-length'
  | 'bad-padding'
  | 'unexpected-packet'
  | 'bad-kexinit'
  | 'bad-message'
  | 'handshake-timeout'
  | 'challenge-timeout'
  | 'challenge-failed'
  | 'terminated'
  | 'no-step-up'
  | 'upstream-unavailable'
  | 'too-many-connections'
  | 'penalised'
  | 'bad-proxy-header'
  | 'draining'

/** Reason codes of SSH_MSG_DISCONNECT (RFC 4253 section 11.1). */
export const DISCONNECT = {
  hostNotAllowed: 1,
  protocolError: 2,
  serviceNotAvailable: 7,
  versionNotSupported: 8,
  tooManyConnections: 12,
  noMoreMethods: 14,
} as const

/** What a client is told: reason code and sentence; undefined: it is closed in silence. */
export interface Farewell {
  readonly code: number
  readonly sentence: string
}

/** The sentence for ends that need no decision; those of a decision bring their own. */
export function farewellOf(end: ConnectionEnd): Farewell | undefined {
  const sentence = SENTENCES[end]
  if (sentence === undefined) return undefined
  return { code: CODES[end] ?? DISCONNECT.protocolError, sentence }
}

const SENTENCES: Readonly<Partial<Record<ConnectionEnd, string>>> = {
  'version-1': 'Only SSH protocol version 2 is spoken here.',
  'identification-too-long': 'The identification string is longer than 255 bytes.',
  'bad-packet-length': 'A packet with an impossible length.',
  'bad-padding': 'A packet with impossible padding.',
  'unexpected-packet': 'A packet that has no place before the key exchange.',
  'bad-kexinit': 'A KEXINIT that cannot be read.',
  'bad-message': 'A message of the challenge protocol that cannot be read.',
  'handshake-timeout': 'The key exchange did not begin in time.',
  'challenge-timeout': 'The challenge was not answered in time. Try again.',
  'challenge-failed': 'The challenge was not passed.',
  terminated: 'Connection refused.',
  'no-step-up': 'This connection needs one more proof than this server can ask for.',
  'upstream-unavailable': 'The server behind this gate does not answer. Try again in a minute.',
  'too-many-connections':
    'Too many connections that have not logged in yet. Try again in a minute.',
  penalised:
    'Not allowed at this time: too many failures from this address. Try again in a minute.',
  draining: 'This gate is being restarted. Try again.',
}

const CODES: Readonly<Partial<Record<ConnectionEnd, number>>> = {
  'version-1': DISCONNECT.versionNotSupported,
  'challenge-timeout': DISCONNECT.noMoreMethods,
  'challenge-failed': DISCONNECT.noMoreMethods,
  terminated: DISCONNECT.hostNotAllowed,
  'no-step-up': DISCONNECT.noMoreMethods,
  'upstream-unavailable': DISCONNECT.serviceNotAvailable,
  'too-many-connections': DISCONNECT.tooManyConnections,
  penalised: DISCONNECT.tooManyConnections,
  draining: DISCONNECT.serviceNotAvailable,
}

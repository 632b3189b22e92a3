import { type SshConnection, type TlsHello } from '../schemas/generated/records.ts'
import { type Evidence } from './evidence/evidence.ts'
import { fingerprintRarity } from './evidence/fingerprint-rarity.ts'
import { fingerprintReputation } from './evidence/fingerprint-reputation.ts'
import { nonceBytes } from './evidence/nonce-bytes.ts'
import { sshShape } from './evidence/ssh-shape.ts'
import { tlsShape, type TlsShape } from './evidence/tls-shape.ts'
import { weakCiphers } from './evidence/weak-ciphers.ts'
import { type PopulationView } from './population-view.ts'

/**
 * Evidence of a ClientHello in hand, with no history of its client (architecture 6.1). Used alike by
 * the first fold and by the routing API; `combine` does not count twice what a score already holds.
 */
export function judgeTlsHello(
  hello: TlsShape & Pick<TlsHello, 'stableKey' | 'random'>,
  view: PopulationView,
): readonly Evidence[] {
  return [
    ...ofFingerprint('tls', hello.stableKey, view),
    ...tlsShape(hello),
    ...weakCiphers(hello.cipherSuites),
    ...nonceBytes('t_rand_bytes', hello.random),
  ]
}

/** Evidence of an SSH client's banner and KEXINIT in hand. */
export function judgeSshConnection(
  connection: SshConnection,
  view: PopulationView,
): readonly Evidence[] {
  return [
    ...ofFingerprint('ssh', connection.hassh, view),
    ...sshShape(connection),
    ...(connection.cookie === null ? [] : nonceBytes('s_cookie_bytes', connection.cookie)),
  ]
}

function ofFingerprint(
  protocol: 'tls' | 'ssh',
  fingerprint: string | null,
  view: PopulationView,
): readonly Evidence[] {
  if (fingerprint === null) return []
  return [
    ...fingerprintRarity(protocol, fingerprint, view),
    ...fingerprintReputation(protocol, fingerprint, view),
  ]
}

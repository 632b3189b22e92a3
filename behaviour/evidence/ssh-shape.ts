import { type SshConnection } from '../../schemas/generated/records.ts'
import { type Evidence } from './evidence.ts'

const WEAK_KEX = 'diffie-hellman-group1-sha1 diffie-hellman-group-exchange-sha1'
const WEAK_CIPHERS =
  'arcfour arcfour128 arcfour256 3des-cbc blowfish-cbc cast128-cbc aes128-cbc aes192-cbc aes256-cbc des-cbc none'
const WEAK_MACS = 'hmac-md5 hmac-md5-96 hmac-sha1-96 hmac-ripemd160 none'
const WEAK = new Set([WEAK_KEX, WEAK_CIPHERS, WEAK_MACS].join(' ').split(' '))

/** What in an SSH client's greeting no ordinary client of today sends; each explains itself. */
export function sshShape(connection: SshConnection): readonly Evidence[] {
  return [
    ...malformed(connection),
    ...bannerConflict(connection),
    ...weakOffer(connection),
    ...(connection.clientReserved === 0
      ? []
      : [sign('s_malformed', 'probe', 1.6, 'a field that must be zero is not')]),
  ]
}

function malformed({ stage }: SshConnection): readonly Evidence[] {
  if (stage === 'malformed') {
    return [sign('s_malformed', 'probe', 3, 'what it sent to the SSH port is not SSH')]
  }
  if (stage === 'version-1') {
    return [sign('s_malformed', 'probe', 1.6, 'speaks SSH version 1 only')]
  }
  return []
}

/**
 * s_banner_kex_conflict, 0 or 1: the name in the banner is known to offer what is missing, or nobody
 * ships that name (behaviour-models 1 and 4.4). A hardened configuration may look so too, so it is a
 * feature and never a verdict.
 */
function bannerConflict(connection: SshConnection): readonly Evidence[] {
  const banner = connection.clientIdentification ?? ''
  const kex = connection.clientKexAlgorithms
  const openssh = /^SSH-2\.0-OpenSSH_(\d{1,2})\.(\d{1,2})/.exec(banner)
  const version = openssh === null ? 0 : Number(openssh[1]) * 100 + Number(openssh[2])
  const claimsMore = kex !== null && version >= 605 && !kex.includes('curve25519')
  const nobody = banner === 'SSH-2.0-PUTTY'
  if (!claimsMore && !nobody) return []
  return [sign('s_banner_kex_conflict', 'fingerprint', 1.8, 'is not the program its banner names')]
}

/** s_kex_weak: share of the offered methods, ciphers and MACs that are broken or retired, 0 to 1. */
function weakOffer(connection: SshConnection): readonly Evidence[] {
  const offered = [
    connection.clientKexAlgorithms,
    connection.clientEncryptionToServer,
    connection.clientMacToServer,
  ].flatMap((list) => (list === null || list === '' ? [] : list.split(',', 200)))
  if (offered.length === 0) return []
  const share = offered.filter((name) => WEAK.has(name)).length / offered.length
  if (share <= 0.4) return []
  const weak = sign('s_kex_weak', 'fingerprint', Math.min(1, 1.5 * (share - 0.2)), '')
  return [
    {
      ...weak,
      value: share,
      unit: 'share',
      baseline: 0.2,
      text: 'offers mostly algorithms that are retired',
    },
  ]
}

function sign(feature: string, family: Evidence['family'], nats: number, text: string): Evidence {
  return { feature, family, nats, value: 1, unit: 'sign', baseline: 0, oneIn: null, text }
}

import { type Config } from '../lib/config.ts'
import { privateKey } from '../protocols/challenge/gate-keys.ts'
import { privacyOf } from '../lib/pseudonym.ts'
import { tokenKey, type ChallengeKeys } from '../routing-api/challenges/keys.ts'
import { openSecrets, type Secrets } from './secrets.ts'

/** The challenge keys of an installation: every instance that has its secrets file has the same. */
export function openChallengeKeys(config: Config): ChallengeKeys {
  return challengeKeysOf(openSecrets(config.dataDir))
}

export function challengeKeysOf(secrets: Secrets): ChallengeKeys {
  const [first, ...others] = secrets.tokenKeys.map(({ id, key }) => tokenKey(id, bytes(key)))
  if (first === undefined) throw new Error('the secrets file has no token key')
  return {
    tokens: [first, ...others],
    seal: privateKey('x25519', bytes(secrets.gateSeal)),
    enrolment: bytes(secrets.enrolmentKey),
    hashName: privacyOf(secrets.nameKey, undefined).hashName,
  }
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex')
}

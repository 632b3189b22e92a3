import { type Config } from '../lib/config.ts'
import { privacyOf, type Privacy } from '../lib/pseudonym.ts'
import { openSecrets } from './secrets.ts'

/** Privacy as configured, with the keys of the installation's secrets. */
export function openPrivacy(config: Config): Privacy {
  const { nameKey, addressKey } = openSecrets(config.dataDir)
  const pseudonyms = config.privacy === 'pseudonym'
  return privacyOf(nameKey, pseudonyms ? Buffer.from(addressKey, 'hex') : undefined)
}

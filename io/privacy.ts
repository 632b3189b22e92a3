import { type Config } from '../lib/config.ts'
import { CLEAR_ADDRESSES, privacyOf, type AddressMap, type Privacy } from '../lib/pseudonym.ts'
import { openSecrets } from './secrets.ts'

/** Privacy as configured, with the keys of the installation's secrets. */
export function openPrivacy(config: Config): Privacy {
  const { nameKey, addressKey } = openSecrets(config.dataDir)
  const pseudonyms = config.privacy === 'pseudonym'
  return privacyOf(nameKey, pseudonyms ? Buffer.from(addressKey, 'hex') : undefined)
}

/** How client addresses stand in records; no secret is touched while they are clear. */
export function openAddresses(config: Config): AddressMap {
  return config.privacy === 'clear' ? CLEAR_ADDRESSES : openPrivacy(config).addresses
}

import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { mapCidr, parseCidr } from '../lists/cidr.ts'
import { PrefixTable } from '../lists/prefix-table.ts'
import { hashOf } from './parse-policy.ts'
import { Policy } from './policy.ts'

/** A policy in force: its settings, prefixes ready for look-up, and its version. */
export interface ActivePolicy {
  readonly settings: Policy
  /** `counter-hash`, as in every answer. */
  readonly version: string
  readonly counter: number
  readonly proxies: PrefixTable<true>
  readonly machinery: PrefixTable<true>
  readonly shared: PrefixTable<true>
}

/** What holds for one listener. */
export interface ListenerRules {
  readonly shadow: boolean
  readonly threshold: number
  /** A sensor sees the listener: hellos presented by its gate are not published again. */
  readonly sensor: boolean
}

/** Makes a policy ready for decisions, its prefixes in the form in which clients are judged. */
export function activate(
  settings: Policy,
  counter: number,
  addresses: AddressMap = CLEAR_ADDRESSES,
): ActivePolicy {
  const tableOf = (cidrs: readonly string[]): PrefixTable<true> => prefixes(cidrs, addresses)
  return {
    settings,
    counter,
    version: `${counter}-${hashOf(settings)}`,
    proxies: tableOf(settings.trustedProxies),
    machinery: tableOf(settings.ownMachinery),
    shared: tableOf(settings.sharedAddresses),
  }
}

/** In force before anything was read: shadow, defaults, version 0. */
export const BUILT_IN = activate(Policy.parse({}), 0)

/** Under this name people look at what would be answered. Nobody connected, whatever a policy says. */
export const LOOKING = 'vestibule-up'

/** The rules of a listener; an unknown one follows the general settings. */
export function rulesOf(policy: ActivePolicy, listener: string, protocol: Protocol): ListenerRules {
  const { listeners, shadow, tls, ssh } = policy.settings
  const own = Object.hasOwn(listeners, listener) ? listeners[listener] : undefined
  const general = protocol === 'tls' ? tls.threshold : ssh.bands.medium
  return {
    shadow: own?.shadow ?? shadow,
    threshold: protocol === 'tls' ? (own?.threshold ?? general) : general,
    sensor: listener === LOOKING || (own?.sensor ?? false),
  }
}

function prefixes(cidrs: readonly string[], addresses: AddressMap): PrefixTable<true> {
  const table = new PrefixTable<true>()
  for (const text of cidrs) {
    const cidr = parseCidr(text)
    if (cidr !== undefined) table.set(mapCidr(cidr, addresses), true)
  }
  return table
}

import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { mapCidr, parseCidr } from '../lists/cidr.ts'
import { PrefixTable } from '../lists/prefix-table.ts'
import { hashOf } from './parse-policy.ts'
import { Policy, type ListenerPolicy } from './policy.ts'
import { overridden, type SshPolicy } from './ssh-policy.ts'

/** A policy in force: its settings, prefixes ready for look-up, and its version. */
export interface ActivePolicy {
  readonly settings: Policy
  /** `counter-hash`, as in every answer. */
  readonly version: string
  readonly counter: number
  readonly proxies: PrefixTable<true>
  readonly machinery: PrefixTable<true>
  readonly shared: PrefixTable<true>
  /** Listeners that want `ssh` otherwise. */
  readonly ssh: ReadonlyMap<string, SshPolicy>
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
    ssh: sshPolicies(settings),
  }
}

/** In force before anything was read: shadow, defaults, version 0. */
export const BUILT_IN = activate(Policy.parse({}), 0)

/** Under this name people look at what would be answered. Nobody connected, whatever a policy says. */
export const LOOKING = 'vestibule-up'

/**
 * The rules of a listener for one server name. The closest word counts: the listener's for the name,
 * the listener's own, the general one for the name, the general settings.
 */
export function rulesOf(
  policy: ActivePolicy,
  listener: string,
  protocol: Protocol,
  serverName: string | null = null,
): ListenerRules {
  const { listeners, shadow, tls } = policy.settings
  const own = Object.hasOwn(listeners, listener) ? listeners[listener] : undefined
  const named = forName(own?.sni, serverName)
  const anywhere = forName(tls.sni, serverName)
  const sensor = listener === LOOKING || (own?.sensor ?? false)
  if (protocol === 'ssh') {
    return {
      shadow: own?.shadow ?? shadow,
      threshold: sshPolicyOf(policy, listener).bands.medium,
      sensor,
    }
  }
  return {
    shadow: named?.shadow ?? own?.shadow ?? anywhere?.shadow ?? shadow,
    threshold: named?.threshold ?? own?.threshold ?? anywhere?.threshold ?? tls.threshold,
    sensor,
  }
}

type NameRules = ListenerPolicy['sni'][string]

/** The whole name, then `*.` of each domain above it; names are compared without case (RFC 6066 3). */
function forName(
  rules: ListenerPolicy['sni'] | undefined,
  serverName: string | null,
): NameRules | undefined {
  if (rules === undefined || serverName === null || serverName.length > 253) return undefined
  const name = serverName.toLowerCase()
  if (Object.hasOwn(rules, name)) return rules[name]
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const above = `*${name.slice(dot)}`
    if (Object.hasOwn(rules, above)) return rules[above]
  }
  return undefined
}

/** How connections of a listener are challenged; an unknown one follows the general settings. */
export function sshPolicyOf(policy: ActivePolicy, listener: string): SshPolicy {
  return policy.ssh.get(listener) ?? policy.settings.ssh
}

function sshPolicies({ ssh, listeners }: Policy): ReadonlyMap<string, SshPolicy> {
  const own = new Map<string, SshPolicy>()
  for (const [name, listener] of Object.entries(listeners)) {
    const { data } = overridden(ssh, listener.ssh)
    if (listener.ssh !== undefined && data !== undefined) own.set(name, data)
  }
  return own
}

function prefixes(cidrs: readonly string[], addresses: AddressMap): PrefixTable<true> {
  const table = new PrefixTable<true>()
  for (const text of cidrs) {
    const cidr = parseCidr(text)
    if (cidr !== undefined) table.set(mapCidr(cidr, addresses), true)
  }
  return table
}

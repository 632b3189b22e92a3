import { type Population, type Score } from '../schemas/generated/records.ts'
import { type Protocol } from './population-view.ts'

/** Key of a score: `ip:192.0.2.1#ssh`, `ip-fp:192.0.2.1|<stableKey or HASSH>#tls`, `net:192.0.2.0/24#ssh`. */
export function scoreEntity(kind: Score['kind'], key: string, protocol: Protocol): string {
  return `${kind}:${key}#${protocol}`
}

/** The client alone, by its client entity (lib/client-entity). */
export function ipEntity(client: string, protocol: Protocol): string {
  return scoreEntity('ip', client, protocol)
}

/** The client together with the program it speaks with: what decides before the address does. */
export function ipFpEntity(client: string, fingerprint: string, protocol: Protocol): string {
  return scoreEntity('ip-fp', `${client}|${fingerprint}`, protocol)
}

/** Key of a row of the population table on its topic; the protocol keeps one net's two rows apart. */
export function populationKey(kind: Population['kind'], key: string, protocol: Protocol): string {
  return `${kind}:${key}#${protocol}`
}

const POPULATION_KINDS: readonly Population['kind'][] = ['fp', 'user', 'net', 'asn', 'global']

/** What `populationKey` made; undefined for anything else. */
export function populationPlace(
  topicKey: string,
): { kind: Population['kind']; key: string; protocol: Protocol } | undefined {
  const colon = topicKey.indexOf(':')
  const hash = topicKey.lastIndexOf('#')
  const kind = POPULATION_KINDS.find((known) => known === topicKey.slice(0, colon))
  const protocol = topicKey.slice(hash + 1)
  if (kind === undefined || hash < colon || (protocol !== 'tls' && protocol !== 'ssh'))
    return undefined
  return { kind, key: topicKey.slice(colon + 1, hash), protocol }
}

/** `192.0.2.0/24` of an IPv4 client entity, `2001:db8:1::/48` of an IPv6 one (`2001:db8:1:2::/64`). */
export function netOf(client: string): string {
  if (!client.includes(':')) return `${client.slice(0, client.lastIndexOf('.'))}.0/24`
  const groups = client.split('::')[0]?.split(':').filter(Boolean) ?? []
  return `${groups.slice(0, 3).join(':')}::/48`
}

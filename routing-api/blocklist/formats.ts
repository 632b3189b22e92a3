import { isIpv4 } from '../../lib/client-entity.ts'
import { cidrText, type Cidr } from '../lists/cidr.ts'
import { type Blocked } from './blocklist.ts'

/**
 * A file for `nft -f`: one transaction that replaces the whole table, so that no packet meets half a list. New
 * connections from the sets are dropped before they reach a socket; established ones go on.
 */
export function nftables(entries: readonly Blocked[], table: string): string {
  const set = (name: string, type: string, family: 4 | 6): string => {
    const elements = entries
      .filter(({ cidr }) => cidr.family === family)
      .map((one) => `      ${addressOf(one.cidr)} timeout ${one.ttlS}s comment "${comment(one)}"`)
    const list = elements.length === 0 ? '' : `    elements = {\n${elements.join(',\n')}\n    }\n`
    return `  set ${name} {\n    type ${type}\n    flags interval, timeout\n${list}  }\n`
  }
  return `#!/usr/sbin/nft -f
table inet ${table}
delete table inet ${table}
table inet ${table} {
${set('blocked4', 'ipv4_addr', 4)}${set('blocked6', 'ipv6_addr', 6)}  chain input {
    type filter hook input priority filter - 10; policy accept;
    ct state new ip saddr @blocked4 counter drop
    ct state new ip6 saddr @blocked6 counter drop
  }
}
`
}

/** Commands for `fail2ban-client -i`: each address is banned in the jail, for as long as the jail bans. */
export function fail2ban(entries: readonly Blocked[], jail: string, ttlS: number): string {
  const bans = entries.map(({ cidr }) => `set ${jail} banip ${addressOf(cidr)}\n`)
  return `set ${jail} bantime ${ttlS}\n${bans.join('')}exit\n`
}

/** What `cscli decisions import` reads: a list of decisions as JSON, one on a line. */
export function crowdsecJson(entries: readonly Blocked[]): string {
  return `[\n${entries.map((one) => JSON.stringify(decision(one))).join(',\n')}\n]\n`
}

/** The same with a header line, as CSV (RFC 4180). */
export function crowdsecCsv(entries: readonly Blocked[]): string {
  const rows = entries.map((one) => Object.values(decision(one)).join(','))
  return ['duration,reason,scope,type,value', ...rows].join('\n') + '\n'
}

interface Decision {
  readonly duration: string
  readonly reason: string
  readonly scope: 'Ip' | 'Range'
  readonly type: 'ban'
  readonly value: string
}

/** The reason is a name like that of a scenario: none of its parts can hold a comma or a quote. */
function decision({ cidr, ttlS, ground, band }: Blocked): Decision {
  const value = addressOf(cidr)
  const reason = ground === 'deny-list' ? 'vestibule/deny-list' : `vestibule/${ground}-${band}`
  const scope = value.includes('/') ? 'Range' : 'Ip'
  return { duration: `${ttlS}s`, reason, scope, type: 'ban', value }
}

/** One address without its prefix length. */
function addressOf(cidr: Cidr): string {
  const text = cidrText(cidr)
  const single = isIpv4(cidr.address) && cidr.family === 4 ? '/32' : '/128'
  return text.endsWith(single) ? text.slice(0, -single.length) : text
}

const LONGEST_COMMENT = 80

/** Operators' texts are free: what is not plain is left out. */
function comment({ ground, band, text }: Blocked): string {
  const plain = text.replaceAll(/[^\w .,:;()%/-]/g, ' ').replaceAll(/ {2,}/g, ' ')
  const about = ground === 'deny-list' ? '' : `${ground} ${band}: `
  return `${about}${plain}`.slice(0, LONGEST_COMMENT).trim()
}

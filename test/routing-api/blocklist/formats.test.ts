import { describe, expect, test } from '@jest/globals'
import { type Blocked } from '../../../routing-api/blocklist/blocklist.ts'
import {
  crowdsecCsv,
  crowdsecJson,
  fail2ban,
  nftables,
} from '../../../routing-api/blocklist/formats.ts'
import { parseCidr } from '../../../routing-api/lists/cidr.ts'

function blocked(text: string, over: Partial<Blocked> = {}): Blocked {
  const cidr = parseCidr(text)
  if (cidr === undefined) throw new Error(text)
  return { cidr, ttlS: 3_600, ground: 'ssh', band: 'critical', text: 'failed to log in', ...over }
}

const ENTRIES = [
  blocked('192.0.2.0/24', { ground: 'deny-list', text: 'denied by a"}; drop: a\nb' }),
  blocked('203.0.113.9'),
  blocked('2001:db8:1:2::/64', { ground: 'tls', band: 'high', ttlS: 60 }),
]

describe('lists for other programs', () => {
  test('nftables: one transaction, a set for each family, texts without anything that ends them', () => {
    expect(nftables(ENTRIES, 'vestibule')).toBe(`#!/usr/sbin/nft -f
table inet vestibule
delete table inet vestibule
table inet vestibule {
  set blocked4 {
    type ipv4_addr
    flags interval, timeout
    elements = {
      192.0.2.0/24 timeout 3600s comment "denied by a ; drop: a b",
      203.0.113.9 timeout 3600s comment "ssh critical: failed to log in"
    }
  }
  set blocked6 {
    type ipv6_addr
    flags interval, timeout
    elements = {
      2001:db8:1:2::/64 timeout 60s comment "tls high: failed to log in"
    }
  }
  chain input {
    type filter hook input priority filter - 10; policy accept;
    ct state new ip saddr @blocked4 counter drop
    ct state new ip6 saddr @blocked6 counter drop
  }
}
`)
  })

  test('fail2ban: how long the jail bans, then whom', () => {
    expect(fail2ban(ENTRIES, 'sshd', 14_400)).toBe(
      'set sshd bantime 14400\nset sshd banip 192.0.2.0/24\nset sshd banip 203.0.113.9\nset sshd banip 2001:db8:1:2::/64\nexit\n',
    )
  })

  test('CrowdSec: decisions as JSON and as CSV', () => {
    expect(JSON.parse(crowdsecJson(ENTRIES))).toEqual([
      {
        duration: '3600s',
        reason: 'vestibule/deny-list',
        scope: 'Range',
        type: 'ban',
        value: '192.0.2.0/24',
      },
      {
        duration: '3600s',
        reason: 'vestibule/ssh-critical',
        scope: 'Ip',
        type: 'ban',
        value: '203.0.113.9',
      },
      {
        duration: '60s',
        reason: 'vestibule/tls-high',
        scope: 'Range',
        type: 'ban',
        value: '2001:db8:1:2::/64',
      },
    ])
    expect(crowdsecCsv(ENTRIES.slice(1, 2))).toBe(
      'duration,reason,scope,type,value\n3600s,vestibule/ssh-critical,Ip,ban,203.0.113.9\n',
    )
  })

  test('an empty list is still a file that replaces the one before', () => {
    expect(nftables([], 't')).not.toContain('elements')
    expect(JSON.parse(crowdsecJson([]))).toEqual([])
    expect(fail2ban([], 'j', 60)).toBe('set j bantime 60\nexit\n')
  })
})

import { describe, expect, test } from '@jest/globals'
import { parseAddress } from '../../lib/client-entity.ts'
import { TrustedProxies } from '../../producers/trusted-proxies.ts'
import { type Control } from '../../schemas/generated/records.ts'

function policy(id: string, body: string, deleted = false): Control {
  const stamp = { observedAt: 0, ingestedAt: 0, sensor: 'test', site: 'here' }
  const word = { actor: 'me', reason: '', deleted }
  return { ...stamp, ...word, eventId: new Uint8Array(16), kind: 'policy', id, body }
}

function trusts(proxies: TrustedProxies, address: string): boolean {
  return proxies.trusts(parseAddress(address) ?? new Uint8Array(16))
}

describe('PROXY headers are believed', () => {
  test('from nobody, where nobody is named', () => {
    const proxies = new TrustedProxies('')
    expect([proxies.text, trusts(proxies, '127.0.0.1'), trusts(proxies, '::')]).toEqual([
      'nobody',
      false,
      false,
    ])
  })

  test('from the networks of the start, until a policy names its own', () => {
    const proxies = new TrustedProxies('192.0.2.0/24,2001:db8::7')
    expect(trusts(proxies, '192.0.2.200')).toBe(true)
    expect(trusts(proxies, '2001:db8::7')).toBe(true)
    expect(trusts(proxies, '2001:db8::8')).toBe(false)
    expect(proxies.apply(policy('1-a', 'trustedProxies: [198.51.100.0/28]'))).toBe(true)
    expect(trusts(proxies, '192.0.2.200')).toBe(false)
    expect(trusts(proxies, '198.51.100.15')).toBe(true)
    expect(proxies.text).toBe('198.51.100.0/28')
  })

  test('by the newest policy, in whatever order they come', () => {
    const proxies = new TrustedProxies('')
    proxies.apply(policy('7-a', 'trustedProxies: [192.0.2.1]'))
    expect(proxies.apply(policy('6-b', 'trustedProxies: [192.0.2.2]'))).toBe(false)
    expect(proxies.apply(policy('8-c', '', true))).toBe(false)
    expect([trusts(proxies, '192.0.2.1'), trusts(proxies, '192.0.2.2')]).toEqual([true, false])
  })

  test.each(['trustedProxies: {', 'trustedProxies: 7', '- 192.0.2.9'])(
    'as before when a policy cannot be read: %s',
    (body) => {
      const proxies = new TrustedProxies('192.0.2.1')
      expect(proxies.apply(policy('9-a', body))).toBe(false)
      expect(trusts(proxies, '192.0.2.1')).toBe(true)
    },
  )
})

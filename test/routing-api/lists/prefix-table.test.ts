import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseAddress } from '../../../lib/client-entity.ts'
import { cidrText, parseCidr, type Cidr } from '../../../routing-api/lists/cidr.ts'
import { PrefixTable } from '../../../routing-api/lists/prefix-table.ts'

function cidr(text: string): Cidr {
  const parsed = parseCidr(text)
  if (parsed === undefined) throw new Error(text)
  return parsed
}

describe('prefixes', () => {
  test.each([
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['192.0.2.1', '192.0.2.1/32'],
    ['::ffff:192.0.2.1', '192.0.2.1/32'],
    ['2001:db8:1:2:3::/48', '2001:db8:1::/48'],
    ['::/0', '::/0'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ])('%s is %s', (text, canonical) => {
    expect(cidrText(cidr(text))).toBe(canonical)
  })

  test.each([
    '',
    '/',
    '192.0.2.1/33',
    '192.0.2.1/-1',
    '192.0.2.1/024',
    '2001:db8::/129',
    'a/8',
    '1/8',
  ])('"%s" is none', (text) => {
    expect(parseCidr(text)).toBeUndefined()
  })

  test('the longest admitted prefix is found, IPv4 and IPv6 apart', () => {
    const table = new PrefixTable<string>()
    for (const text of ['0.0.0.0/0', '192.0.2.0/24', '192.0.2.1/32', '2001:db8::/32']) {
      table.set(cidr(text), text)
    }
    const find = (text: string): string | undefined =>
      table.find(parseAddress(text) ?? new Uint8Array(16))
    expect(
      ['192.0.2.1', '192.0.2.2', '198.51.100.1', '2001:db8::1', '2001:db9::1'].map(find),
    ).toEqual(['192.0.2.1/32', '192.0.2.0/24', '0.0.0.0/0', '2001:db8::/32', undefined])
    expect(table.size).toBe(4)
    expect(table.delete(cidr('192.0.2.1'))).toBe(true)
    expect(find('192.0.2.1')).toBe('192.0.2.0/24')
    expect(table.size).toBe(3)
  })

  test('it agrees with comparing every prefix bit by bit', () => {
    const v4 = fc
      .tuple(fc.nat(255), fc.nat(3), fc.nat(3), fc.nat(3))
      .map((parts) => parts.join('.'))
    const entries = fc.array(fc.tuple(v4, fc.nat(32)).map(([ip, bits]) => `${ip}/${bits}`))
    fc.assert(
      fc.property(entries, v4, (texts, ip) => {
        const table = new PrefixTable<number>()
        for (const text of texts) table.set(cidr(text), cidr(text).prefix)
        const holding = texts
          .map(cidr)
          .filter((c) => cidrText(cidr(`${ip}/${c.prefix}`)) === cidrText(c))
          .map((c) => c.prefix)
        const longest = holding.length === 0 ? undefined : Math.max(...holding)
        expect(table.find(parseAddress(ip) ?? new Uint8Array(16))).toBe(longest)
      }),
    )
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addressText, clientEntity, parseAddress } from '../../lib/client-entity.ts'

const parsed = (text: string): Uint8Array => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is an address`)
  return address
}

describe('addresses', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8::', '2001:db8::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%s reads back as %s', (text, canonical) => {
    expect(addressText(parsed(text))).toBe(canonical)
  })

  test.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '12345::',
    'fe80::1%eth0',
    'x'.repeat(10_000),
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  test('text and bytes are two forms of one thing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (address) => {
        expect(parseAddress(addressText(address))).toEqual(address)
      }),
    )
  })
})

describe('client entity', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8::/64'],
  ])('of %s is %s', (text, entity) => {
    expect(clientEntity(parsed(text))).toBe(entity)
  })
})

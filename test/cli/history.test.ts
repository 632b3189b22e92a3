import { expect, test } from '@jest/globals'
import { pseudonymAddresses } from '../../lib/pseudonym.ts'
import { rangeOf, secondsOf } from '../../cli/history.ts'

test.each([
  ['192.0.2.1', { first: '::ffff:192.0.2.1', last: '::ffff:192.0.2.1' }],
  ['2001:db8::7', { first: '2001:db8::', last: '2001:db8::ffff:ffff:ffff:ffff' }],
  ['nobody', undefined],
])('the history of %s is that of %j', (ip, range) => {
  expect(rangeOf(ip)).toEqual(range)
})

test.each([
  ['90s', 90],
  ['15m', 900],
  ['12h', 43_200],
  ['7d', 604_800],
])('%s is %d seconds', (age, seconds) => {
  expect(secondsOf(age)).toBe(seconds)
})

test('an age without a unit is refused', () => {
  expect(() => secondsOf('7')).toThrow('write 90s, 15m, 12h or 7d')
})

test('with pseudonyms, the range of an IPv6 client is that of its pseudonymous /64', () => {
  const addresses = pseudonymAddresses(new Uint8Array(32).fill(7))
  const { first = '', last = '' } = rangeOf('2001:db8::1', addresses) ?? {}
  expect(last).toBe(first.replace(/::$/, ':ffff:ffff:ffff:ffff'))
  expect(first).not.toMatch(/^2001:/)
  expect(rangeOf('2001:db8::2', addresses)).toEqual({ first, last })
})

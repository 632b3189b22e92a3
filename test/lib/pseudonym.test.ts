import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addressText, isIpv4, parseAddress } from '../../lib/client-entity.ts'
import { CLEAR_ADDRESSES, privacyOf, pseudonymAddresses } from '../../lib/pseudonym.ts'

/** Key and trace of the authors' Crypto-PAn 1.0 distribution (sample.cpp). */
const KEY = Uint8Array.from([
  21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121,
  121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
])

const addresses = pseudonymAddresses(KEY)

function bytes(text: string): Uint8Array {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is an address`)
  return address
}

const of = (text: string): string => addressText(addresses.of(bytes(text)))

/** How many leading bits two addresses share. */
function shared(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 128; i += 1) {
    const bit = 0x80 >> (i & 7)
    if (((a[i >> 3] ?? 0) & bit) !== ((b[i >> 3] ?? 0) & bit)) return i
  }
  return 128
}

const v4 = fc.ipV4().map(bytes)
const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).filter((address) => !isIpv4(address))
/** Two addresses of one family that share a prefix of some length. */
const pair = fc.tuple(
  fc.oneof(v4, v6),
  fc.nat(127),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
)

describe('pseudonyms of addresses', () => {
  test.each([
    ['128.11.68.132', '135.242.180.132'],
    ['129.118.74.4', '134.136.186.123'],
    ['130.132.252.244', '133.68.164.234'],
    ['141.223.7.43', '141.167.8.160'],
    ['141.233.145.108', '141.129.237.235'],
    ['152.163.225.39', '151.140.114.167'],
    ['192.102.249.13', '252.138.62.131'],
  ])('%s is %s, as in the published trace', (clear, pseudonym) => {
    expect(of(clear)).toBe(pseudonym)
  })

  test('share exactly as many bits as the addresses do', () => {
    fc.assert(
      fc.property(pair, ([first, length, noise]) => {
        const start = isIpv4(first) ? 96 : 0
        const other = Uint8Array.from(first)
        for (let i = Math.max(start, length); i < 128; i += 1) {
          const bit = 0x80 >> (i & 7)
          other[i >> 3] = ((other[i >> 3] ?? 0) & ~bit) | ((noise[i >> 3] ?? 0) & bit)
        }
        fc.pre(isIpv4(first) === isIpv4(other))
        expect(shared(addresses.of(first), addresses.of(other))).toBe(shared(first, other))
      }),
    )
  })

  test('keep the family, and differ by key', () => {
    const key = Uint8Array.from(KEY, (byte) => byte ^ 0x55)
    const others = pseudonymAddresses(key)
    expect(isIpv4(others.of(bytes('192.0.2.1')))).toBe(true)
    expect(isIpv4(others.of(bytes('2001:db8::1')))).toBe(false)
    expect(others.of(bytes('192.0.2.1'))).not.toEqual(addresses.of(bytes('192.0.2.1')))
  })

  test('are the same whatever was asked before', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(v4, v6), { minLength: 1 }), (asked) => {
        const [last] = asked.map((address) => addresses.of(address)).slice(-1)
        const [fresh] = asked.slice(-1).map((address) => pseudonymAddresses(KEY).of(address))
        expect(last).toEqual(fresh)
      }),
    )
  })

  test('a key of another length is refused', () => {
    expect(() => pseudonymAddresses(new Uint8Array(16))).toThrow('the key has 16 bytes, not 32')
  })
})

describe('privacy', () => {
  test('without an address key, addresses and names stay as they are', () => {
    const privacy = privacyOf('k', undefined)
    expect([privacy.addresses, privacy.clearNames]).toEqual([CLEAR_ADDRESSES, true])
  })

  test('names are hashed with the key', () => {
    expect(privacyOf('k', KEY).clearNames).toBe(false)
    expect(privacyOf('k', KEY).hashName('alice')).toMatch(/^[0-9a-f]{32}$/)
    expect(privacyOf('k', KEY).hashName('alice')).not.toBe(privacyOf('l', KEY).hashName('alice'))
  })
})

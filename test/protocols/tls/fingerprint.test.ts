import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseClientHello } from '../../../protocols/tls/client-hello.ts'
import { fingerprint, type TlsFingerprint } from '../../../protocols/tls/fingerprint.ts'
import { createFingerprintMemo } from '../../../protocols/tls/fingerprint-memo.ts'
import {
  alpn,
  BROWSER,
  groups,
  helloMessage,
  type HelloParts,
  pointFormats,
  signatures,
  sni,
  versions,
} from '../../support/tls-bytes.ts'

function of(parts: HelloParts): TlsFingerprint | undefined {
  const result = parseClientHello(helloMessage(parts))
  if (result.kind !== 'emit') throw new Error(JSON.stringify(result))
  return fingerprint(result.value)
}

/** JA3 of these was also printed by tshark 4.0.17; JA4 by sha256sum of lists written by hand. */
describe('fingerprints', () => {
  test('of a browser-like hello leave GREASE out', () => {
    expect(of(BROWSER)).toEqual({
      ja3: '771,4865-4866-4867-49195-49199-52393-156,0-23-65281-10-11-35-16-5-13-18-51-45-43-27-21,29-23-24,0',
      ja3Hash: 'e6e649e50b308a3bd50c0304275f7f0c',
      ja4: 't13d0715h2_f7846136d8c5_f233a195bee5',
      stableKey: 't13d0713h2_f7846136d8c5_3f291cf0188c',
    })
  })

  test('of a hello without extensions have empty parts and twelve zeros', () => {
    expect(of({ version: 0x0301, suites: [5, 4, 10], extensions: undefined })).toEqual({
      ja3: '769,5-4-10,,,',
      ja3Hash: '37183bdc5843d8622012b4c27e92cd01',
      ja4: 't10i030000_53b29befa235_000000000000',
      stableKey: 't10i030000_53b29befa235_000000000000',
    })
  })

  test('of a plain TLS 1.2 hello', () => {
    const extensions = [sni('a.example.test'), groups(23), pointFormats(0), signatures(0x0401)]
    expect(of({ suites: [0xc02f, 0x9c], extensions })).toMatchObject({
      ja3: '771,49199-156,0-10-11-13,23,0',
      ja3Hash: '2528f9cc1179f9ed60739da922aca650',
      ja4: 't12d020400_08dfa304a768_379eb492da94',
    })
  })

  test('without signature algorithms append no underscore, and nothing but SNI and ALPN is an empty list', () => {
    expect(of({ suites: [0x9c], extensions: [sni('a.example.test'), alpn('h2')] })?.ja4).toBe(
      't12d0102h2_dc2b145ead28_000000000000',
    )
  })

  test('GREASE among the signature algorithms is left out too', () => {
    const types = [
      0x1b, 0x0d, 0x2d, 0x12, 0x2b, 0x05, 0x44cd, 0x0a, 0x33, 0x17, 0x23, 0x0b, 0xfe0d, 0xff01,
      0xca34,
    ]
    const list = [
      0x0904, 0x0905, 0x0906, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
    ]
    const filled = types.map((type) => {
      if (type === 0x0d) return signatures(0x6a6a, ...list)
      if (type === 0x2b) return versions(0x0304)
      return type === 0x0a ? groups(29) : type === 0x0b ? pointFormats(0) : ([type, []] as const)
    })
    const extensions = [sni('a.example.test'), alpn('h2'), ...filled]
    const print = of({ extensions })?.ja4
    expect(print?.startsWith('t13d0117h2_')).toBe(true)
    expect(print?.endsWith('_cb7bf5808d99')).toBe(true)
  })

  test.each([
    [[0x7f1c, 0x0303], '00'],
    [[0x2a2a, 0x0303, 0x0304], '13'],
    [[0x0302, 0x0301], '11'],
  ])('the version of supported_versions %j is %s', (offered, code) => {
    expect(of({ extensions: [versions(...offered)] })?.ja4.slice(1, 3)).toBe(code)
  })

  test.each([
    [0x0304, '13'],
    [0x0303, '12'],
    [0x0302, '11'],
    [0x0301, '10'],
    [0x0300, 's3'],
  ])('without supported_versions legacy version %d is %s', (version, code) => {
    expect(of({ version, extensions: [] })?.ja4.slice(1, 3)).toBe(code)
  })

  test.each([
    ['h2', 'h2'],
    ['http/1.1', 'h1'],
    ['a', 'aa'],
    ['\u00ab', 'ab'],
    ['\u00ab\u00cd', 'ad'],
    ['0\u00ab', '3b'],
    ['01\u00ab\u00cd', '3d'],
    ['0\u00ab\u00cd1', '01'],
    ['', '00'],
  ])('ALPN %j is written %s', (name, code) => {
    expect(of({ extensions: [alpn(name)] })?.ja4.slice(8, 10)).toBe(code)
  })

  test('more than 99 suites are counted as 99', () => {
    const suites = Array.from({ length: 120 }, (_, i) => 0xc000 + i)
    expect(of({ suites, extensions: [] })?.ja4.slice(4, 6)).toBe('99')
  })

  test('are not made from an extension that cannot be read', () => {
    expect(of({ extensions: [[10, [0, 3, 0, 29, 0]]] })).toBeUndefined()
  })

  test('resumption, padding and early data leave the stable key alone', () => {
    const extensions = [sni('a.example.test'), groups(29), signatures(0x0403), versions(0x0304)]
    const fresh = of({ extensions })
    const resumed = of({
      extensions: [...extensions, [35, [1]], [42, []], [44, [0, 1, 1]], [21, [0]], [41, [0, 0]]],
    })
    expect(resumed?.stableKey).toBe(fresh?.ja4)
    expect(resumed?.ja4).not.toBe(fresh?.ja4)
  })
})

describe('the memo', () => {
  const hello = fc.record({
    version: fc.constantFrom(0x0301, 0x0303),
    suites: fc.array(fc.constantFrom(0x0a0a, 1, 2, 0x1301), { minLength: 1, maxLength: 4 }),
    extensions: fc.array(
      fc.constantFrom(
        sni('a.test'),
        groups(29),
        groups(29, 23),
        pointFormats(0),
        pointFormats(0, 1),
        signatures(0x0403),
        signatures(0x1a1a, 0x0403),
        alpn('h2'),
        alpn('h2', 'http/1.1'),
        alpn('http/1.1'),
        versions(0x0304),
        versions(0x2a2a, 0x0303),
      ),
      { maxLength: 5 },
    ),
  })

  test('gives what computing gives, for any order of hellos', () => {
    fc.assert(
      fc.property(fc.array(hello, { maxLength: 60 }), (hellos) => {
        const memo = createFingerprintMemo(3)
        for (const parts of hellos) {
          const result = parseClientHello(helloMessage(parts))
          if (result.kind !== 'emit') throw new Error('not a hello')
          expect(memo.fingerprint(result.value)).toEqual(fingerprint(result.value))
        }
      }),
    )
  })

  test('answers the second hello of a program from memory', () => {
    const memo = createFingerprintMemo()
    const result = parseClientHello(helloMessage(BROWSER))
    if (result.kind !== 'emit') throw new Error('not a hello')
    expect(memo.fingerprint(result.value)).toEqual(memo.fingerprint(result.value))
    expect([memo.hits, memo.misses]).toEqual([1, 1])
  })

  test('tells hellos of thousands of suites apart by the last one', () => {
    const memo = createFingerprintMemo()
    const suites = Array.from({ length: 6_000 }, (_, i) => i + 0x1000)
    const [long, other] = [suites, [...suites.slice(0, -1), 1]].map((list) => {
      const result = parseClientHello(helloMessage({ suites: list, extensions: [] }))
      if (result.kind !== 'emit') throw new Error('not a hello')
      return memo.fingerprint(result.value)?.ja3.slice(-11)
    })
    expect([long, other, memo.misses]).toEqual(['94-10095,,,', '-10094-1,,,', 2])
  })
})

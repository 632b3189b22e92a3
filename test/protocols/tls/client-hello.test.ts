import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type ClientHello, parseClientHello } from '../../../protocols/tls/client-hello.ts'
import {
  alpn,
  ascii,
  BROWSER,
  handshakeMessage,
  helloMessage,
  type HelloParts,
  RANDOM,
  sni,
  u16s,
  vector16,
} from '../../support/tls-bytes.ts'

function parsed(parts: HelloParts): ClientHello {
  const result = parseClientHello(helloMessage(parts))
  if (result.kind !== 'emit') throw new Error(JSON.stringify(result))
  return result.value
}

describe('a ClientHello', () => {
  test('is read in the order the client sent it, GREASE included', () => {
    const hello = parsed(BROWSER)
    expect(hello).toMatchObject({
      form: 'tls',
      legacyVersion: 0x0303,
      cipherSuites: [0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xcca9, 0x009c],
      compressionMethods: [0],
      extensions: [0x2a2a, 0, 23, 0xff01, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, 0x5a5a, 21],
      unreadable: [],
      serverName: { form: 'name', name: 'shop.example.test' },
      supportedVersions: [0x4a4a, 0x0304, 0x0303],
      supportedGroups: [0x3a3a, 29, 23, 24],
      ecPointFormats: [0],
      signatureAlgorithms: [0x0403, 0x0804, 0x0401, 0x0503],
      pskModes: [1],
      compressCertificate: [2],
      offersTicket: false,
      length: 321,
    })
    expect([...hello.random]).toEqual(RANDOM)
    expect(hello.sessionId).toHaveLength(32)
    expect(hello.alpn.map((name) => Buffer.from(name).toString())).toEqual(['h2', 'http/1.1'])
    expect(hello.keyShares.map((share) => [share.group, share.keyExchange.length])).toEqual([
      [0x3a3a, 1],
      [29, 32],
    ])
  })

  test('without an extension block is a hello: SSL 3.0 clients send none', () => {
    expect(parsed({ version: 0x0300, extensions: undefined }).extensions).toEqual([])
  })

  test.each([
    ['absent', [], { form: 'absent' }],
    ['empty', [[0, []]], { form: 'empty' }],
    ['an address', [sni('192.0.2.7')], { form: 'address', name: '192.0.2.7' }],
    ['an IPv6 address', [sni('2001:db8::7')], { form: 'address', name: '2001:db8::7' }],
    ['bytes nobody can print', [sni('a\u0000\u00e9')], { form: 'name', name: 'a\\x00\\xe9' }],
    ['cut short', [[0, [0, 9, 0, 0, 6, 0x61]]], { form: 'malformed' }],
  ] as const)('says when its server name is %s', (_, extensions, expected) => {
    expect(parsed({ extensions }).serverName).toEqual(expected)
  })

  test('names the extension that breaks its grammar and reads the others', () => {
    const hello = parsed({ extensions: [[10, [0, 3, 0, 29, 0]], alpn('h2')] })
    expect(hello.unreadable).toEqual([10])
    expect(hello.supportedGroups).toEqual([])
    expect(hello.alpn).toHaveLength(1)
  })

  test('counts only the first of a repeated extension', () => {
    const hello = parsed({ extensions: [sni('first.example'), sni('second.example')] })
    expect(hello.serverName).toEqual({ form: 'name', name: 'first.example' })
    expect(hello.extensions).toEqual([0, 0])
  })

  test('tells what it offers to resume and to prove', () => {
    const hello = parsed({
      extensions: [
        [35, [1, 2, 3]],
        [47, vector16([...vector16([1]), ...vector16([2])])],
        [49, []],
        [19, [2, 2, 0]],
        [20, [1, 0]],
        [50, vector16(u16s(0x0403))],
        [0xfe0d, [0, 0, 1]],
        [41, [...vector16([...vector16(ascii('ticket')), 0, 0, 0, 0]), 0, 0]],
      ],
    })
    expect(hello).toMatchObject({
      offersTicket: true,
      certificateAuthorities: 2,
      clientCertificateTypes: [2, 0],
      serverCertificateTypes: [0],
      signatureAlgorithmsCert: [0x0403],
      encryptedClientHello: 'grease-or-real',
      unreadable: [],
    })
    expect(Buffer.from(hello.pskIdentity ?? []).toString()).toBe('ticket')
  })
})

/** The ClientHello of RFC 8448 section 3 (simple 1-RTT handshake). */
const RFC_8448 = Buffer.from(
  '010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302' +
    '010000910000000b0009000006736572766572ff01000100000a00140012001d00170018001901000101010201030104' +
    '0023000000330026002400' +
    '1d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b0003020304000d0020001e' +
    '040305030603020308040805080604010501060102010402050206020202002d00020101001c00024001',
  'hex',
)

describe('the ClientHello of RFC 8448', () => {
  test('says what the RFC says', () => {
    const result = parseClientHello(RFC_8448)
    if (result.kind !== 'emit') throw new Error(JSON.stringify(result))
    expect(result.value).toMatchObject({
      cipherSuites: [0x1301, 0x1303, 0x1302],
      extensions: [0, 0xff01, 10, 35, 51, 43, 13, 45, 28],
      serverName: { form: 'name', name: 'server' },
      supportedVersions: [0x0304],
      supportedGroups: [29, 23, 24, 25, 256, 257, 258, 259, 260],
      unreadable: [],
      length: 196,
    })
    expect(result.value.keyShares.map(({ group }) => group)).toEqual([29])
  })
})

describe('what is no ClientHello', () => {
  test.each([
    ['another message', handshakeMessage(2, [3, 3]), 'not-a-client-hello', 'byte 0'],
    [
      'a version that never was',
      handshakeMessage(1, [9, 9, ...RANDOM, 0]),
      'bad-version',
      'byte 4',
    ],
    ['a long session id', handshakeMessage(1, [3, 3, ...RANDOM, 33]), 'bad-length', 'byte 38'],
    [
      'half a cipher suite',
      handshakeMessage(1, [3, 3, ...RANDOM, 0, 0, 3]),
      'bad-length',
      'byte 39',
    ],
  ])('%s is refused with its place', (_, message, code, at) => {
    expect(parseClientHello(message)).toEqual({ kind: 'reject', code, at })
  })

  test('every proper prefix is truncated, never read', () => {
    const message = helloMessage(BROWSER)
    for (let length = 0; length < message.length; length += 1) {
      expect(parseClientHello(message.subarray(0, length))).toMatchObject({
        kind: 'reject',
        code: 'truncated',
      })
    }
  })

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        parseClientHello(noise)
        parseClientHello(handshakeMessage(1, [3, 3, ...RANDOM, ...noise]))
      }),
    )
  })

  test('one changed byte of a hello makes it differ or fail, never throw', () => {
    const message = helloMessage(BROWSER)
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.nat(255), (at, value) => {
        const changed = Uint8Array.from(message)
        changed[at] = value
        expect(['emit', 'reject']).toContain(parseClientHello(changed).kind)
      }),
    )
  })
})

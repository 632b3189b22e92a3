import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Direction } from '../../../protocols/stream.ts'
import { type TlsFact } from '../../../protocols/tls/tls-facts.ts'
import { createTlsObserver } from '../../../protocols/tls/tls-observer.ts'
import {
  alpn,
  ascii,
  BROWSER,
  bytesOf,
  extensionBlock,
  type Extension,
  handshakeMessage,
  helloMessage,
  RANDOM,
  record,
  u16,
  vector16,
  versions,
} from '../../support/tls-bytes.ts'

const HELLO = record(22, helloMessage(BROWSER))
const RETRY_RANDOM = [
  ...Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex'),
]

function serverHello(
  extensions: readonly Extension[],
  random: readonly number[] = RANDOM,
): Uint8Array {
  const body = [3, 3, ...random, 0, ...u16(0xc02f), 0, ...extensionBlock(extensions)]
  return record(22, handshakeMessage(2, body), 0x0303)
}

const SELECTS_13: Extension = [43, u16(0x0304)]
const X25519: Extension = [51, [...u16(29), ...vector16(new Array<number>(32).fill(7))]]
const CCS = record(20, Uint8Array.of(1), 0x0303)
const sealed = (length: number): Uint8Array => record(23, new Uint8Array(length), 0x0303)
const finished12 = record(22, new Uint8Array(40).fill(0x55), 0x0303)
const alert = (level: number, code: number): Uint8Array => record(21, Uint8Array.of(level, code))
const message = (type: number, body: readonly number[]): Uint8Array =>
  record(22, handshakeMessage(type, body), 0x0303)

type Step =
  | readonly [Direction, Uint8Array]
  | readonly ['gap', Direction, number]
  | readonly ['end', 'fin' | 'reset' | 'silent' | 'capture-end']

/** Plays a connection, a millisecond a step, and gives every fact. */
function play(...steps: readonly Step[]): TlsFact[] {
  const observer = createTlsObserver()
  return steps.flatMap((step, i) => {
    const at = i * 1000
    if (step[0] === 'gap') return [...observer.gap(step[1], step[2], at)]
    if (step[0] === 'end') return [...observer.end(step[1], at)]
    return [...observer.data({ direction: step[0], bytes: step[1], capturedAt: at })]
  })
}

function kinds(facts: readonly TlsFact[]): string[] {
  return facts.map((fact) => {
    if (fact.kind === 'handshake') return fact.result
    return fact.kind === 'fault' ? fact.code : fact.kind
  })
}

function summary(facts: readonly TlsFact[]): object | undefined {
  return facts.find((fact) => fact.kind === 'handshake')?.summary
}

const FULL_12 = [
  ['client', HELLO],
  ['server', bytesOf(serverHello([alpn('h2')]), message(11, [0, 0, 0]), message(14, []))],
  ['client', bytesOf(message(16, [1, 2]), CCS, finished12)],
  ['server', bytesOf(CCS, finished12)],
] as const

describe('a TLS 1.2 handshake', () => {
  test('is told from hello to both Finished', () => {
    const facts = play(...FULL_12)
    expect(kinds(facts)).toEqual(['hello', 'finished', 'done'])
    expect(summary(facts)).toEqual({
      helloCount: 1,
      serverVersion: 0x0303,
      serverCipher: 0xc02f,
      serverGroup: null,
      serverAlpn: 'h2',
      helloRetry: false,
      downgradeSentinel: false,
      resumed: false,
      certificateRequested: false,
      clientCertificate: 'none',
      alertFrom: null,
      alertDescription: null,
      helloAt: 0,
      clientFinishedAt: 2000,
    })
  })

  test.each([
    ['empty', [0, 0, 0]],
    ['presented', [0, 0, 4, 0, 0, 1, 9]],
  ])('with a certificate asked for and %s', (answer, certificate) => {
    const facts = play(
      ['client', HELLO],
      ['server', bytesOf(serverHello([]), message(11, [0]), message(13, [0]), message(14, []))],
      ['client', bytesOf(message(11, certificate), message(16, [1]), CCS, finished12)],
      ['server', bytesOf(CCS, finished12)],
    )
    expect(summary(facts)).toMatchObject({ certificateRequested: true, clientCertificate: answer })
  })

  test('that resumes has no certificate and the server first', () => {
    const facts = play(
      ['client', HELLO],
      ['server', bytesOf(serverHello([]), CCS, finished12)],
      ['client', bytesOf(CCS, finished12)],
    )
    expect(kinds(facts)).toEqual(['hello', 'finished', 'done'])
    expect(summary(facts)).toMatchObject({ resumed: true, certificateRequested: false })
  })

  test('below what the server could do carries the downgrade sentinel', () => {
    const random = [...RANDOM.slice(0, 24), ...ascii('DOWNGRD'), 1]
    const facts = play(['client', HELLO], ['server', serverHello([], random)], ['end', 'fin'])
    expect(summary(facts)).toMatchObject({ downgradeSentinel: true })
  })
})

describe('a TLS 1.3 handshake', () => {
  const flight = bytesOf(serverHello([SELECTS_13, X25519]), CCS, sealed(900))

  test('is finished when the server goes on after the client’s last flight', () => {
    const facts = play(
      ['client', HELLO],
      ['server', flight],
      ['client', bytesOf(CCS, sealed(53), sealed(200))],
      ['server', sealed(250)],
    )
    expect(kinds(facts)).toEqual(['hello', 'finished', 'done'])
    expect(summary(facts)).toMatchObject({
      serverVersion: 0x0304,
      serverGroup: 29,
      resumed: false,
      certificateRequested: null,
      clientCertificate: 'unknown',
      clientFinishedAt: 2000,
    })
  })

  test('has failed when the client answers with an alert', () => {
    const facts = play(['client', HELLO], ['server', flight], ['client', bytesOf(CCS, sealed(19))])
    expect(kinds(facts)).toEqual(['hello', 'failed', 'done'])
    expect(summary(facts)).toMatchObject({ alertFrom: 'client', alertDescription: null })
  })

  test('has failed when the server answers the last flight with an alert', () => {
    const facts = play(
      ['client', HELLO],
      ['server', flight],
      ['client', bytesOf(CCS, sealed(53))],
      ['server', sealed(19)],
    )
    expect(summary(facts)).toMatchObject({ alertFrom: 'server' })
  })

  test('is finished when it is the client that takes its leave after Finished', () => {
    const facts = play(
      ['client', HELLO],
      ['server', flight],
      ['client', bytesOf(CCS, sealed(53))],
      ['client', sealed(19)],
      ['server', sealed(19)],
    )
    expect(kinds(facts)).toEqual(['hello', 'finished', 'done'])
  })

  test('with a HelloRetryRequest has two hellos, the second after a ChangeCipherSpec', () => {
    const facts = play(
      ['client', HELLO],
      ['server', bytesOf(serverHello([SELECTS_13, [51, u16(24)]], RETRY_RANDOM), CCS)],
      ['client', bytesOf(CCS, HELLO)],
      ['server', flight],
      ['client', sealed(69)],
      ['end', 'fin'],
    )
    expect(kinds(facts)).toEqual(['hello', 'hello', 'finished', 'done'])
    expect(facts[0]).toMatchObject({ ordinal: 0, answersRetry: false })
    expect(facts[1]).toMatchObject({ ordinal: 1, answersRetry: true })
    expect(summary(facts)).toMatchObject({ helloCount: 2, helloRetry: true })
  })

  test('with early data does not take that for the last flight', () => {
    const hello = record(22, helloMessage({ extensions: [versions(0x0304), [42, []]] }))
    const accepts = bytesOf(serverHello([SELECTS_13, [41, [0, 0]]]), sealed(100))
    const early = [
      ['client', bytesOf(hello, CCS, sealed(300))],
      ['server', accepts],
    ] as const
    expect(kinds(play(...early, ['end', 'fin']))).toEqual(['hello', 'closed', 'done'])
    const facts = play(
      ...early,
      ['client', bytesOf(sealed(21), sealed(53))],
      ['server', sealed(99)],
    )
    expect(kinds(facts)).toEqual(['hello', 'finished', 'done'])
    expect(summary(facts)).toMatchObject({ resumed: true })
  })

  test('seen from the client’s side only is finished when the client goes on', () => {
    const facts = play(
      ['client', HELLO],
      ['client', bytesOf(CCS, sealed(53))],
      ['client', sealed(80)],
    )
    expect(kinds(facts)).toEqual(['hello', 'finished', 'done'])
  })
})

describe('a handshake that comes to nothing', () => {
  test.each([
    ['fin', 'closed'],
    ['reset', 'reset'],
    ['silent', 'silent'],
  ] as const)('ended by %s is %s', (how, result) => {
    expect(kinds(play(['client', HELLO], ['end', how]))).toEqual(['hello', result, 'done'])
  })

  test('at the end of the capture says nothing of how it ended', () => {
    expect(kinds(play(['client', HELLO], ['end', 'capture-end']))).toEqual(['hello', 'done'])
  })

  test('by a fatal alert names it and its sender', () => {
    const facts = play(['client', HELLO], ['server', alert(2, 40)])
    expect(kinds(facts)).toEqual(['hello', 'failed', 'done'])
    expect(summary(facts)).toMatchObject({ alertFrom: 'server', alertDescription: 40 })
  })

  test('is not failed by a warning', () => {
    const facts = play(['client', HELLO], ['server', alert(1, 112)], ['end', 'fin'])
    expect(kinds(facts)).toEqual(['hello', 'closed', 'done'])
  })
})

describe('framing', () => {
  test('a hello cut at any byte into two segments is one hello', () => {
    for (let at = 1; at < HELLO.length; at += 1) {
      const facts = play(['client', HELLO.subarray(0, at)], ['client', HELLO.subarray(at)])
      expect(kinds(facts)).toEqual(['hello'])
      expect(facts[0]).toMatchObject({
        hello: { serverName: { name: 'shop.example.test' }, length: 321 },
        timing: { firstByteAt: 0, completeAt: 1000, segments: 2, largestGapUs: 1000 },
      })
    }
  })

  test('any segments and any records give the same facts', () => {
    const whole = bytesOf(
      ...FULL_12.filter(([side]) => side === 'client').map(([, bytes]) => bytes),
    )
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }), (sizes) => {
        let at = 0
        const steps = [...sizes, whole.length].map((size): Step => {
          const part = whole.subarray(at, at + size)
          at += size
          return ['client', part]
        })
        expect(kinds(play(...steps))).toEqual(['hello'])
      }),
    )
  })

  test('a hello in many small records is one hello', () => {
    const hello = helloMessage(BROWSER)
    const parts = Array.from({ length: Math.ceil(hello.length / 10) }, (_, i) =>
      record(22, hello.slice(10 * i, 10 * i + 10)),
    )
    expect(kinds(play(['client', bytesOf(...parts)]))).toEqual(['hello'])
  })

  test('a byte lost inside the hello means no hello', () => {
    for (const at of [6, 50, 200, HELLO.length - 1]) {
      const facts = play(
        ['client', HELLO.subarray(0, at)],
        ['gap', 'client', 1],
        ['client', HELLO.subarray(at + 1)],
      )
      expect(kinds(facts)).not.toContain('hello')
    }
  })

  test('bytes lost inside a server’s certificate cost nothing', () => {
    const certificate = message(11, new Array<number>(300).fill(1))
    const facts = play(
      ['client', HELLO],
      ['server', bytesOf(serverHello([]), certificate.subarray(0, 100))],
      ['gap', 'server', 100],
      ['server', bytesOf(certificate.subarray(200), message(14, []))],
      ['client', bytesOf(CCS, finished12)],
      ['server', bytesOf(CCS, finished12)],
    )
    expect(kinds(facts)).toEqual(['hello', 'finished', 'done'])
    expect(summary(facts)).toMatchObject({ resumed: false })
  })

  test('a claimed length of 16 MB is not waited for in memory, and said', () => {
    const start = bytesOf(22, 3, 1, u16(16384), 1, 0xff, 0xff, 0xff, new Uint8Array(16380))
    expect(kinds(play(['client', start], ['end', 'fin']))).toEqual(['hello-cut', 'closed', 'done'])
  })

  test('an SSLv2-style hello is a hello without fingerprints, also cut anywhere', () => {
    const body = [1, 3, 1, 0, 6, 0, 0, 0, 16, 0, 0, 0x2f, 7, 0, 0xc0, ...RANDOM.slice(0, 16)]
    const hello = bytesOf(0x80, body.length, body)
    for (let at = 1; at < hello.length; at += 1) {
      const facts = play(['client', hello.subarray(0, at)], ['client', hello.subarray(at)])
      expect(kinds(facts)).toEqual(['hello'])
      expect(facts[0]).toMatchObject({
        hello: { form: 'ssl2', legacyVersion: 0x0301, cipherSuites: [0x2f] },
      })
    }
  })

  test('bytes that are no TLS end the observation with a fault', () => {
    expect(kinds(play(['client', bytesOf(ascii('GET / HTTP/1.1'))]))).toEqual(['not-tls', 'done'])
  })

  test('no bytes in any order make it throw', () => {
    const step = fc.oneof(
      fc.tuple(fc.constantFrom<Direction>('client', 'server'), fc.uint8Array({ maxLength: 80 })),
      fc.tuple(
        fc.constant('gap' as const),
        fc.constantFrom<Direction>('client', 'server'),
        fc.nat(300),
      ),
      fc.tuple(
        fc.constantFrom<Direction>('client', 'server'),
        fc.constantFrom(HELLO, CCS, finished12, sealed(30)),
      ),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const facts = play(...steps, ['end', 'fin'])
        expect(facts.filter((fact) => fact.kind === 'done')).toHaveLength(1)
      }),
    )
  })
})

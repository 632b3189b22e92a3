import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLEAR_ADDRESSES } from '../../../lib/pseudonym.ts'
import { addressText } from '../../../lib/client-entity.ts'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { encoded } from '../../../lib/encoded.ts'
import { createAuthLog } from '../../../producers/auth-log/auth-log.ts'
import { UTC } from '../../../producers/auth-log/time-zone.ts'
import { createHaproxyLog } from '../../../producers/haproxy-log/haproxy-log.ts'
import { logReader, type LogReader } from '../../../producers/log-reader.ts'

const DECISION = '00112233445566778899aabbccddeeff'
const CONNECTION = 'ffeeddccbbaa99887766554433221100'
const REF = `${DECISION}-${CONNECTION}-t13d1516h2_8daaf6152771_e5627efa2ab1`
const FRONT = `vst1 tier=front at=1764078100.125 ci=192.0.2.7 cp=40001 li=shop be=mitigation_retry srv=mitigation-1 st=-- in=1800 out=5200 ms=31 ref=${REF} pool=mitigation check=retry score=910 err=- askms=1 why=history,t_fail`
const TIER = `vst1 tier=mitigation at=1764078100.126 ci=192.0.2.7 cp=40001 li=shop be=data srv=data-2 st=-- in=90 out=2048 ms=30 hs=6 ref=${REF} check=retry version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 resumed=0 crt=0 verify=0 group=http1/new/raised err=- askms=1 sni=6C6F63616C686F7374 random=${'ab'.repeat(32)} why=server-suits`
const ERROR = `vst1 tier=primary-error at=1764078101.000 ci=2001:db8::9 cp=40002 li=shop ref=${REF} check=full fault=40 tls=167772418 sni=-`

function reader(): LogReader {
  const about = { sensor: 'haproxy.log', site: 'here' }
  const privacy = { addresses: CLEAR_ADDRESSES, clearNames: true, hashName: (name: string) => name }
  const authLog = createAuthLog({ ...about, listener: 'ssh', privacy, zone: UTC })
  return logReader(authLog, createHaproxyLog({ ...about, addresses: CLEAR_ADDRESSES }))
}

const NOW_US = 1_764_078_200_000_000
const read = (line: string): readonly AnyRecord[] => reader().line(line, 7, NOW_US)

function only(line: string, type: AnyRecord['type']): Record<string, unknown> {
  const found = read(line).filter((any) => any.type === type)
  expect(found).toHaveLength(1)
  return { ...found[0]?.record }
}

const hex = (bytes: unknown): string =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : String(bytes)

describe('a line of gates/haproxy', () => {
  test('of the terminating tier is the outcome of its connection', () => {
    const outcome = only(TIER, 'Outcome')
    expect([hex(outcome['decisionId']), hex(outcome['connectionId'])]).toEqual([
      DECISION,
      CONNECTION,
    ])
    expect(outcome).toMatchObject({
      observedAt: 1_764_078_100_156_000,
      source: 'log',
      listener: 'shop',
      clientPort: 40_001,
      result: 'completed',
      server: 'data-2',
      group: 'http1/new/raised',
      fingerprint: 't13d1516h2_8daaf6152771_e5627efa2ab1',
      durationMs: 30,
      bytesIn: 90,
      bytesOut: 2_048,
      terminationState: '--',
      authenticated: false,
      challenges: [{ kind: 'hello-retry', result: 'passed', elapsedMs: 6 }],
      actor: 'haproxy mitigation',
      reason: null,
    })
  })

  test('of the front tier names the handshake server, and no check of its own', () => {
    const outcome = only(FRONT, 'Outcome')
    expect(outcome).toMatchObject({
      result: 'completed',
      server: 'mitigation-1',
      challenges: [],
      actor: 'haproxy front',
      bytesOut: 5_200,
    })
    expect(hex(outcome['eventId'])).not.toBe(hex(only(TIER, 'Outcome')['eventId']))
  })

  test.each([
    ['alone', FRONT],
    ['behind rsyslog', `Nov 25 13:41:40 edge-1 haproxy[123]: ${FRONT}`],
    ['behind an ISO 8601 stamp', `2026-11-25T13:41:40.123456+01:00 edge-1 haproxy[123]: ${FRONT}`],
    ['with a carriage return', `${FRONT}\r`],
  ])('gives the same record %s', (_, line) => {
    expect(hex(only(line, 'Outcome')['eventId'])).toBe(hex(only(FRONT, 'Outcome')['eventId']))
  })

  test.each([
    ['out=2048', 'st=--', 'completed', null],
    ['out=0', 'st=--', 'failed', 'the server closed without an answer'],
    ['out=2048', 'st=CD', 'completed', null],
    ['out=0', 'st=CD', 'failed', 'the client left before an answer'],
    ['out=0', 'st=SC', 'failed', 'the server broke off, or could not be reached'],
    ['out=2048', 'st=SD', 'failed', 'the server broke off, or could not be reached'],
    ['out=2048', 'st=sD', 'failed', 'the server did not go on in time'],
    ['out=0', 'st=PR', 'failed', 'refused by a rule of the balancer'],
    ['out=0', 'st=RC', 'failed', 'ended by the balancer itself'],
  ])('%s %s: %s', (out, st, result, reason) => {
    const line = TIER.replace('out=2048', out).replace('st=--', st)
    expect(only(line, 'Outcome')).toMatchObject({ result, reason })
  })

  test('who asked nothing and got nothing speaks for no server', () => {
    const line = TIER.replace('in=90', 'in=0').replace('out=2048', 'out=0')
    expect(only(line, 'Outcome')).toMatchObject({ result: 'completed', server: null })
    const unreached = TIER.replace('srv=data-2', 'srv=<NOSRV>').replace('st=--', 'st=SC')
    expect(only(unreached, 'Outcome')).toMatchObject({ result: 'failed', server: null })
  })

  test('a hello that changed in its retry failed the check', () => {
    const line = TIER.replace('why=server-suits', 'why=client-random-changed,server-suits')
    expect(only(line, 'Outcome')).toMatchObject({
      challenges: [{ kind: 'hello-retry', result: 'wrong', elapsedMs: 6 }],
    })
  })

  test('a verified certificate that the agent was not told of is proof; told, it counted already', () => {
    const shown = TIER.replace('crt=0', 'crt=1')
    expect(only(shown, 'Outcome')).toMatchObject({ authenticated: false })
    const alone = shown.replace('err=-', 'err=1').replace('why=server-suits', 'why=-')
    expect(only(alone, 'Outcome')).toMatchObject({ authenticated: true })
    expect(only(alone.replace('verify=0', 'verify=18'), 'Outcome')).toMatchObject({
      authenticated: false,
    })
  })
})

describe('a handshake that failed', () => {
  test('is told as such, with who refused it', () => {
    // tls=0x0A000102: library SSL, "unsupported protocol".
    expect(only(ERROR, 'TlsHandshake')).toMatchObject({
      result: 'failed',
      alertFrom: 'server',
      stableKey: 't13d1516h2_8daaf6152771_e5627efa2ab1',
    })
    expect(only(ERROR, 'Outcome')).toMatchObject({
      result: 'failed',
      reason: "the handshake was refused (OpenSSL's reason 258)",
      challenges: [],
    })
  })

  test('by the client, with its alert', () => {
    // tls=0x0A000418: an alert of the peer, unknown_ca.
    const line = ERROR.replace('tls=167772418', 'tls=167773208')
    expect(only(line, 'TlsHandshake')).toMatchObject({ alertFrom: 'client', alertDescription: 48 })
  })

  test('because of our own retry is a check that was not met, and no handshake held against it', () => {
    const line = ERROR.replace('primary-error', 'mitigation-error').replace(
      'check=full',
      'check=retry',
    )
    expect(read(line).map(({ type }) => type)).toEqual(['Outcome'])
    expect(only(line, 'Outcome')).toMatchObject({
      challenges: [{ kind: 'hello-retry', result: 'wrong', elapsedMs: 0 }],
    })
  })

  test('that nobody decided of and that ended without a TLS error is a health check, and tells nothing', () => {
    expect(read(ERROR.replace('tls=167772418', 'tls=0').replace(/ref=\S+/, 'ref=-'))).toEqual([])
  })

  test('without a TLS error is told as an outcome only', () => {
    const line = ERROR.replace('tls=167772418', 'tls=0')
    expect(read(line).map(({ type }) => type)).toEqual(['Outcome'])
  })
})

describe('hostile lines', () => {
  const code = (line: string): unknown => only(line, 'DeadLetter')['code']

  test.each([
    ['haproxy-too-long', `${FRONT}${'x'.repeat(4_096)}`],
    ['haproxy-too-many-fields', `vst1${' a=1'.repeat(60)}`],
    ['haproxy-bad-field', 'vst1 tier=front =x'],
    ['haproxy-bad-field', FRONT.replace('li=shop', 'li=sh\u0007op')],
    ['haproxy-repeated-field', `${FRONT} ci=192.0.2.8`],
    ['haproxy-missing-field', FRONT.replace(' st=--', '')],
    ['haproxy-bad-value', FRONT.replace('tier=front', 'tier=back')],
    ['haproxy-bad-value', FRONT.replace('ci=192.0.2.7', 'ci=192.0.2.700')],
    ['haproxy-bad-value', FRONT.replace('cp=40001', 'cp=70000')],
    ['haproxy-bad-value', FRONT.replace('in=1800', 'in=1e300')],
    ['haproxy-bad-value', FRONT.replace('at=1764078100.125', 'at=99999999999999.125')],
  ])('%s', (expected, line) => {
    expect(code(line)).toBe(expected)
  })

  test('a line that only mentions the mark is not HAProxy’s', () => {
    const said = `Nov 25 13:41:40 edge-1 haproxy[123]: 192.0.2.1 "GET /${FRONT}"`
    const sshd = `Nov 25 13:41:40 edge-1 sshd[9]: Invalid user ${FRONT} from 192.0.2.1 port 4`
    expect([read(said), read(sshd)].flat().filter(({ type }) => type === 'Outcome')).toEqual([])
  })

  test('a log-format that was changed makes few dead letters, and all are counted', () => {
    const log = reader()
    let letters = 0
    for (let n = 0; n < 1_000; n += 1) letters += log.line('vst1 tier=x', n, NOW_US).length
    expect(letters).toBe(50)
    expect(log.drops().get('haproxy-fault')).toBe(1_000)
    expect(log.drops().get('haproxy-fault-untold')).toBe(950)
  })

  test('whatever is changed in a line, it makes records that can be written, or a dead letter', () => {
    const codec = singleObjectCodec()
    const words = FRONT.split(' ')
    const mutation = fc.tuple(
      fc.nat(words.length - 1),
      fc.string({ maxLength: 40, unit: 'binary' }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(FRONT, TIER, ERROR),
        fc.array(mutation, { maxLength: 4 }),
        (line, changes) => {
          const parts = line.split(' ')
          for (const [n, text] of changes) {
            if (n > 0) parts[n] = `${parts[n]?.split('=')[0] ?? ''}=${text}`
          }
          const made = read(parts.join(' '))
          expect(made.length).toBeGreaterThan(0)
          for (const any of made) encoded(any, codec)
        },
      ),
      { numRuns: 500 },
    )
  })
})

test('IPv6 clients keep their address', () => {
  const { clientAddress } = only(ERROR, 'Outcome')
  expect(clientAddress instanceof Uint8Array && addressText(clientAddress)).toBe('2001:db8::9')
})

test('the formats of gates/haproxy name every field that is read', () => {
  const of = (tier: string, key: string): readonly string[] => {
    const text = readFileSync(
      join(import.meta.dirname, `../../../gates/haproxy/${tier}.cfg`),
      'utf8',
    )
    const format = new RegExp(`^ +${key} +"(vst1 [^"]*)"`, 'm').exec(text)?.[1] ?? ''
    return format.split(' ').map((word) => word.split('=')[0] ?? '')
  }
  expect(of('front', 'log-format')).toEqual(FRONT.split(' ').map((word) => word.split('=')[0]))
  for (const tier of ['primary', 'mitigation']) {
    expect(of(tier, 'log-format')).toEqual(TIER.split(' ').map((word) => word.split('=')[0]))
    expect(of(tier, 'error-log-format')).toEqual(ERROR.split(' ').map((word) => word.split('=')[0]))
  }
})

import { describe, expect, test } from '@jest/globals'
import { createHumanLines } from '../../../producers/inspect/human-lines.ts'
import { type InspectLine } from '../../../producers/inspect/inspect-line.ts'
import { createInspectLines } from '../../../producers/inspect/inspect-lines.ts'
import { inspectSummary, summaryText } from '../../../producers/inspect/summary.ts'
import { createObserver, type Observer } from '../../../producers/observe.ts'
import { handshakeFrames, segmentFrame } from '../../support/packets.ts'
import { CLIENT_LISTS, kexInit, SERVER_LISTS } from '../../support/ssh-bytes.ts'
import { BROWSER, helloMessage, record } from '../../support/tls-bytes.ts'

const START = 1_700_000_000_123_456

function watched(): { readonly observer: Observer; readonly lines: InspectLine[] } {
  const flowLimits = { maxFlows: 64, maxConnections: 64 }
  const observer = createObserver({ sensor: 's', site: 's', source: 'import', flowLimits })
  const ssh = { client: '2001:db8::1', clientPort: 50022, server: '2001:db8::2', serverPort: 22 }
  const tls = segmentFrame(
    'client',
    { sequence: 1001, acknowledgement: 5001, payload: record(22, helloMessage(BROWSER)) },
    START,
  )
  for (const each of [...handshakeFrames(START - 3000), tls]) observer.packet(each)
  for (const each of handshakeFrames(START, ssh)) observer.packet(each)
  const said = [
    ['client', Buffer.concat([Buffer.from('SSH-2.0-c\r\n'), kexInit(CLIENT_LISTS)])],
    ['server', Buffer.concat([Buffer.from('SSH-2.0-s\r\n'), kexInit(SERVER_LISTS)])],
  ] as const
  for (const [from, payload] of said) {
    const sequence = from === 'client' ? 1001 : 5001
    observer.packet(segmentFrame(from, { sequence, payload }, START + 5000, ssh))
  }
  observer.end(START + 9000)
  const joined = createInspectLines()
  const lines = observer.take().flatMap((each) => [...joined.push(each)])
  return { observer, lines: [...lines, ...joined.end()] }
}

describe('inspect', () => {
  test('has one line per hello and one per SSH connection', () => {
    const { lines } = watched()
    expect(lines).toEqual([
      {
        kind: 'tls',
        stream: '192.0.2.1:40000-198.51.100.2:443',
        time: '2023-11-14T22:13:20.123456Z',
        ordinal: 0,
        answersRetry: false,
        ja3: '771,4865-4866-4867-49195-49199-52393-156,0-23-65281-10-11-35-16-5-13-18-51-45-43-27-21,29-23-24,0',
        ja3Hash: 'e6e649e50b308a3bd50c0304275f7f0c',
        ja4: 't13d0715h2_f7846136d8c5_f233a195bee5',
        stableKey: 't13d0713h2_f7846136d8c5_3f291cf0188c',
        sni: 'shop.example.test',
        alpn: ['h2', 'http/1.1'],
        version: '0x0303',
        supportedVersions: ['0x4a4a', '0x0304', '0x0303'],
        proxied: false,
        tunnel: null,
        segments: 1,
        handshakeProven: true,
      },
      {
        kind: 'ssh',
        stream: '2001:db8::1:50022-2001:db8::2:22',
        time: '2023-11-14T22:13:20.128456Z',
        stage: 'kexinit',
        sshClient: 'SSH-2.0-c',
        sshServer: 'SSH-2.0-s',
        hassh: 'b67a79cd1240c75af01e6025d503de52',
        hasshServer: 'fde2bb802db4137f025f554a97abde4a',
        kex: 'curve25519-sha256',
        hostKey: 'ssh-ed25519',
        cipher: 'aes128-ctr',
        strictKex: true,
        authSuccess: null,
        authAttempts: null,
        authConfidence: null,
        tunnel: null,
        handshakeProven: true,
      },
    ])
  })

  test('for people is a line in columns each', () => {
    const human = createHumanLines()
    expect(watched().lines.map(human)).toEqual([
      'tls  22:13:20.123  192.0.2.1:40000 > 198.51.100.2:443          t13d0715h2_f7846136d8c5_f233a195bee5  shop.example.test  h2,http/1.1',
      'ssh  22:13:20.128  2001:db8::1:50022 > 2001:db8::2:22          b67a79cd1240c75af01e6025d503de52      SSH-2.0-c          SSH-2.0-s',
    ])
  })

  test('ends with what was read, what was not, and what is wrong with the file', () => {
    const { counters } = watched().observer
    const skipped = { ...counters.flows.skipped, quic: 3, malformed: 1 }
    const changed = { ...counters, flows: { ...counters.flows, skipped } }
    const summary = inspectSummary(changed, 'The file ends in the middle of a packet.')
    expect(summary).toMatchObject({
      kind: 'summary',
      packets: 9,
      flows: 2,
      tlsHellos: 1,
      sshConnections: 1,
      quicUnread: 3,
      skipped: { quic: 3, malformed: 1 },
    })
    expect(summaryText(summary)).toBe(
      [
        '9 packets, 2 TCP connections: 1 TLS hello, 1 SSH connection',
        'Not read: 3 QUIC packets, 0 DTLS packets.',
        'Passed over: malformed 1.',
        'The file ends in the middle of a packet.',
      ].join('\n'),
    )
  })

  test('names what could not be understood', () => {
    const flowLimits = { maxFlows: 64, maxConnections: 64 }
    const observer = createObserver({ sensor: 's', site: 's', source: 'import', flowLimits })
    const payload = 'GET / HTTP/1.1\r\n\r\n'
    const request = { sequence: 1001, acknowledgement: 5001, payload }
    for (const each of handshakeFrames(START)) observer.packet(each)
    observer.packet(segmentFrame('client', request, START + 5000))
    observer.packet(segmentFrame('client', { sequence: 1019, flags: 'R' }, START + 6000))
    const joined = createInspectLines()
    const lines = observer.take().flatMap((each) => [...joined.push(each)])
    expect(lines).toMatchObject([{ kind: 'fault', code: 'tls-not-tls' }])
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addressText } from '../../lib/client-entity.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { connectionId, eventId } from '../../lib/event-id.ts'
import { createObserver, type Observer, type ObserverOptions } from '../../producers/observe.ts'
import { type Frame } from '../../protocols/packet/frame.ts'
import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'
import { ENDS, type Ends, handshakeFrames, segmentFrame } from '../support/packets.ts'
import { CLIENT_LISTS, kexInit, SERVER_LISTS } from '../support/ssh-bytes.ts'
import { BROWSER, helloMessage, RANDOM, record } from '../support/tls-bytes.ts'

const HELLO = record(22, helloMessage(BROWSER))
const START = 1_700_000_000_000_000

function observer(options: Partial<ObserverOptions> = {}): Observer {
  const flowLimits = { maxFlows: 1024, maxConnections: 1024 }
  return createObserver({ sensor: 'tap-1', site: 'lab', source: 'tap', flowLimits, ...options })
}

type Said = readonly ['client' | 'server', Uint8Array | string]

/** Frames of one connection: handshake, then a millisecond a segment, then FIN from both sides. */
function conversation(
  said: readonly Said[],
  { ends = ENDS, syn = true, fin = true, at = START } = {},
): Frame[] {
  const frames = syn ? handshakeFrames(at, ends) : []
  const next = { client: 1001, server: 5001 }
  let now = at + 3000
  const send = (from: 'client' | 'server', flags: string, bytes: Uint8Array): void => {
    const other = from === 'client' ? 'server' : 'client'
    const fields = { flags, sequence: next[from], acknowledgement: next[other], payload: bytes }
    frames.push(segmentFrame(from, fields, now, ends))
    next[from] += bytes.length + (flags.includes('F') ? 1 : 0)
    now += 1000
  }
  for (const [from, bytes] of said) send(from, 'PA', Buffer.from(bytes))
  if (fin) {
    send('client', 'FA', Buffer.alloc(0))
    send('server', 'FA', Buffer.alloc(0))
    send('client', 'A', Buffer.alloc(0))
  }
  return frames
}

function observe(frames: readonly Frame[], watcher = observer()): AnyRecord[] {
  for (const each of frames) watcher.packet(each)
  watcher.end(frames.at(-1)?.capturedAt ?? START)
  return watcher.take()
}

function only<N extends RecordName>(name: N, records: readonly AnyRecord[]): RecordByName[N] {
  const found = records.filter((each) => each.type === name)
  const [first] = found
  if (found.length !== 1 || first === undefined) throw new Error(`${found.length} of ${name}`)
  const decoded = singleObjectCodec().decode(singleObjectCodec().encode(first.type, first.record))
  if (decoded.kind !== 'record') throw new Error(`cannot be encoded: ${decoded.at}`)
  return first.record as RecordByName[N]
}

const types = (records: readonly AnyRecord[]): string[] => records.map((each) => each.type)

describe('a TLS connection', () => {
  test('gives its hello with the whole envelope, as soon as it is complete', () => {
    const watcher = observer({ now: () => START + 99 })
    for (const each of conversation([['client', HELLO]], { fin: false })) watcher.packet(each)
    const hello = only('TlsHello', watcher.take())
    const address = Buffer.from('00000000000000000000ffffc0000201', 'hex')
    const id = connectionId(address, 40000, Uint8Array.from(RANDOM))
    expect(Buffer.from(hello.connectionId ?? [])).toEqual(id)
    expect(hello.eventId).toEqual(eventId('TlsHello', id, 0))
    expect(Buffer.from(hello.clientAddress)).toEqual(address)
    expect(hello).toMatchObject({
      observedAt: START + 3000,
      ingestedAt: START + 99,
      sensor: 'tap-1',
      site: 'lab',
      source: 'tap',
      listener: '198.51.100.2:443',
      clientPort: 40000,
      serverPort: 443,
      coverageDirections: 'both',
      coverageLostBytes: 0,
      handshakeProven: true,
      proxied: false,
      ordinal: 0,
      sni: 'shop.example.test',
      alpn: ['h2', 'http/1.1'],
      ja4: 't13d0715h2_f7846136d8c5_f233a195bee5',
      stableKey: 't13d0713h2_f7846136d8c5_3f291cf0188c',
      greaseCipher: 0x1a1a,
      greaseExtensions: [0x2a2a, 0x5a5a],
      synToHelloMs: 3,
      helloSpanMs: 0,
      segments: 1,
      sessionIdLength: 32,
    })
    const digests = [...hello.keyShareDigests, hello.sessionIdDigest ?? new Uint8Array()]
    expect(digests.map((each) => Buffer.from(each).toString('hex'))).toEqual([
      '6e340b9cffb37a98',
      '1865c00831e73f7e',
      '82d86408530b765e',
    ])
  })

  test.each([
    ['an unusual port', { ...ENDS, serverPort: 7777 }],
    ['IPv6', { client: '2001:db8::1', clientPort: 40000, server: '2001:db8::2', serverPort: 443 }],
  ])('is known by its content on %s', (_, ends: Ends) => {
    expect(types(observe(conversation([['client', HELLO]], { ends })))).toEqual([
      'TlsHello',
      'TlsHandshake',
    ])
  })

  test.each([
    [
      'HTTP CONNECT',
      [
        ['client', 'CONNECT a.test:443 HTTP/1.1\r\n\r\n'],
        ['server', 'HTTP/1.1 200 OK\r\n\r\n'],
      ],
    ],
    [
      'PostgreSQL',
      [
        ['client', Buffer.from('0000000804d2162f', 'hex')],
        ['server', 'S'],
      ],
    ],
    [
      'SMTP',
      [
        ['server', '220 mail ESMTP\r\n'],
        ['client', 'STARTTLS\r\n'],
        ['server', '220 go\r\n'],
      ],
    ],
    [
      'SOCKS',
      [
        ['client', Buffer.from('050100', 'hex')],
        ['server', Buffer.from('0500', 'hex')],
        ['client', Buffer.from('05010001c00002010050', 'hex')],
        ['server', Buffer.from('05000001c00002010050', 'hex')],
      ],
    ],
    [
      'LDAP',
      [
        [
          'client',
          Buffer.from('301d02010177188016312e332e362e312e342e312e313436362e3230303337', 'hex'),
        ],
        ['server', Buffer.from('300c02010178070a010004000400', 'hex')],
      ],
    ],
  ] as const)('is found after %s, its hello cut into single bytes', (_, before) => {
    const bytes = [...HELLO].map((byte) => ['client', Uint8Array.of(byte)] as const)
    const hello = only('TlsHello', observe(conversation([...before, ...bytes])))
    expect(hello.ja4).toBe('t13d0715h2_f7846136d8c5_f233a195bee5')
    expect(hello.segments).toBe(HELLO.length)
  })

  test('behind a PROXY header is proxied, and its client is who a trusted proxy says', () => {
    const header = Buffer.from('PROXY TCP4 203.0.113.77 198.51.100.9 51000 443\r\n')
    const frames = conversation([['client', Buffer.concat([header, HELLO])]])
    const untrusted = only('TlsHello', observe(frames))
    expect([addressText(untrusted.clientAddress), untrusted.clientPort]).toEqual([
      '192.0.2.1',
      40000,
    ])
    expect(untrusted.proxied).toBe(true)
    const trusted = only('TlsHello', observe(frames, observer({ trustsProxy: () => true })))
    expect([addressText(trusted.clientAddress), trusted.clientPort]).toEqual([
      '203.0.113.77',
      51000,
    ])
  })

  test('whose SYN was not captured is turned round by its content', () => {
    const ends = { ...ENDS, clientPort: 443, serverPort: 50443 }
    const hello = only('TlsHello', observe(conversation([['client', HELLO]], { ends, syn: false })))
    expect([hello.clientPort, hello.serverPort]).toEqual([443, 50443])
    expect(hello.synToHelloMs).toBeNull()
  })

  test('with a segment missing inside the hello has none, and a dead letter', () => {
    const frames = conversation([
      ['client', HELLO.subarray(0, 100)],
      ['client', HELLO.subarray(100, 200)],
      ['client', HELLO.subarray(200)],
    ])
    const records = observe(frames.filter((_, i) => i !== 4))
    expect(types(records)).not.toContain('TlsHello')
    expect(only('DeadLetter', records)).toMatchObject({ code: 'tls-hello-holed', topic: null })
  })

  test('of a hello that breaks its grammar is a dead letter with place and first bytes', () => {
    const broken = Uint8Array.from(HELLO)
    broken[43] = 77
    const letter = only('DeadLetter', observe(conversation([['client', broken]])))
    expect(letter).toMatchObject({ code: 'tls-hello-bad-length', length: 321 })
    expect(letter.place).toBe('192.0.2.1:40000-198.51.100.2:443 client byte 38')
    expect(letter.firstBytes).toHaveLength(32)
  })
})

describe('an SSH connection', () => {
  const opening = [
    ['server', 'SSH-2.0-s\r\n'],
    ['client', 'SSH-2.0-c\r\n'],
    ['client', kexInit(CLIENT_LISTS)],
    ['server', kexInit(SERVER_LISTS)],
  ] as const

  test('gives its connection, then its session, under one connection id', () => {
    const records = observe(conversation(opening, { ends: { ...ENDS, serverPort: 2222 } }))
    expect(types(records)).toEqual(['SshConnection', 'SshSession'])
    const connection = only('SshConnection', records)
    const session = only('SshSession', records)
    expect(connection).toMatchObject({
      stage: 'kexinit',
      clientIdentification: 'SSH-2.0-c',
      serverIdentification: 'SSH-2.0-s',
      hassh: 'b67a79cd1240c75af01e6025d503de52',
      hasshServer: 'fde2bb802db4137f025f554a97abde4a',
      kex: 'curve25519-sha256',
      strictKex: true,
      bannerDelayMs: 4,
      kexInitDelayMs: 1,
      handshakeProven: true,
    })
    expect(session).toMatchObject({ result: 'no-authentication', ended: 'fin' })
    expect(session.hassh).toBe(connection.hassh)
    expect(session.connectionId).toEqual(connection.connectionId)
  })

  test('is found behind lines of the server, cut anywhere', () => {
    const [[, banner], ...rest] = opening
    const lines = Buffer.from(`Maintenance tonight.\r\nSee the board.\r\n${banner}`)
    for (let at = 1; at < lines.length; at += 1) {
      const said = [
        ['server', lines.subarray(0, at)],
        ['server', lines.subarray(at)],
        ...rest,
      ] as const
      const connection = only('SshConnection', observe(conversation(said)))
      expect([connection.stage, connection.preBannerLines]).toEqual(['kexinit', 2])
    }
  })

  test('to a port where SSH is spoken that says nothing is half-open', () => {
    const records = observe(conversation([], { ends: { ...ENDS, serverPort: 22 } }))
    expect(only('SshConnection', records)).toMatchObject({
      stage: 'half-open',
      connectionId: null,
      clientIdentification: null,
    })
  })

  test('of a client that speaks something else is malformed, once', () => {
    const said = [
      ['server', 'SSH-2.0-s\r\n'],
      ['client', 'GET / HTTP/1.1\r\n\r\n'],
      ['server', 'Invalid SSH identification string.\r\n'],
    ] as const
    const records = observe(conversation(said))
    expect(only('SshConnection', records).stage).toBe('malformed')
    expect(only('DeadLetter', records).code).toBe('ssh-not-ssh')
  })

  test('whose beginning was not captured is no finding', () => {
    const said = [['client', Buffer.alloc(80, 0x91)]] as const
    const ends = { ...ENDS, serverPort: 22 }
    expect(observe(conversation(said, { ends, syn: false }))).toEqual([])
  })
})

describe('what is neither', () => {
  test('is passed over and counted', () => {
    const watcher = observer()
    const page = [
      ['client', 'GET / HTTP/1.1\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\n\r\n'],
    ] as const
    expect(observe(conversation(page, { ends: { ...ENDS, serverPort: 80 } }), watcher)).toEqual([])
    expect(watcher.counters.observed.ignored.otherProtocol).toBe(1)
  })

  test('a SYN that nobody answered is no finding: its address may be spoofed', () => {
    const [syn] = handshakeFrames(START, { ...ENDS, serverPort: 22 })
    const watcher = observer()
    if (syn !== undefined) watcher.packet(syn)
    watcher.advance(START + 3600e6)
    expect(watcher.take()).toEqual([])
  })
})

describe('bounds', () => {
  test('records that nobody takes are dropped and counted', () => {
    const watcher = observer({ limits: { maxRecords: 3 } })
    for (let i = 0; i < 5; i += 1) {
      const ends = { ...ENDS, clientPort: 40000 + i }
      for (const each of conversation([['client', HELLO]], { ends, at: START + i }))
        watcher.packet(each)
    }
    expect(watcher.take()).toHaveLength(3)
    expect(watcher.counters.observed.recordsDropped).toBe(7)
  })

  test('what is held of undecided connections is given back', () => {
    const watcher = observer({ limits: { maxHeldBytesTotal: 64 } })
    for (let i = 0; i < 20; i += 1) {
      const ends = { ...ENDS, clientPort: 41000 + i, serverPort: 2222 }
      const said = [['server', 'Welcome to a long line of text\r\n']] as const
      observe(conversation(said, { ends, at: START + i * 1e6 }), watcher)
    }
    const ends = { ...ENDS, serverPort: 2222 }
    const said = [
      ['server', 'Hello\r\nSSH-2.0-s\r\n'],
      ['client', 'SSH-2.0-c\r\n'],
    ] as const
    const records = observe(conversation(said, { ends, at: START + 100e6 }), watcher)
    expect(only('SshConnection', records).preBannerLines).toBe(1)
  })

  test('no payload in any order makes it throw', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.constantFrom<Uint8Array>(
        HELLO,
        HELLO.subarray(0, 3),
        Buffer.from('SSH-2.0-x\r\n'),
        Buffer.from('PROXY TCP4 '),
        kexInit(CLIENT_LISTS),
        Buffer.from('S'),
      ),
    )
    const said = fc.tuple(fc.constantFrom<'client' | 'server'>('client', 'server'), bytes)
    fc.assert(
      fc.property(fc.array(said, { maxLength: 12 }), fc.boolean(), (all, syn) => {
        for (const each of observe(conversation(all, { syn }))) {
          singleObjectCodec().encode(each.type, each.record)
        }
      }),
    )
  })
})

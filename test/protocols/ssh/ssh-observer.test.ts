import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Direction, type StreamEnd } from '../../../protocols/stream.ts'
import { hassh, hasshServer } from '../../../protocols/ssh/hassh.ts'
import { type SshFact } from '../../../protocols/ssh/ssh-facts.ts'
import { createSshObserver } from '../../../protocols/ssh/ssh-observer.ts'
import {
  CLIENT_LISTS,
  COOKIE,
  KEX_REPLY,
  KEX_REQUEST,
  kexInit,
  NEWKEYS,
  oldLists,
  SERVER_LISTS,
} from '../../support/ssh-bytes.ts'

type Step =
  | readonly [Direction, string | Uint8Array]
  | readonly ['gap', Direction, number]
  | readonly ['end', StreamEnd]

/** Plays a connection, a millisecond a step, and gives every fact. */
function play(steps: readonly Step[], rolesKnown = true): SshFact[] {
  const observer = createSshObserver({ rolesKnown })
  return steps.flatMap((step, i): SshFact[] => {
    const capturedAt = i * 1000
    if (step[0] === 'gap') return [...observer.gap(step[1], step[2], capturedAt)]
    if (step[0] === 'end') return [...observer.end(step[1], capturedAt)]
    const bytes = Buffer.from(step[1])
    return [...observer.data({ direction: step[0], bytes, capturedAt })]
  })
}

type Connection = Extract<SshFact, { kind: 'connection' }>

function connectionOf(facts: readonly SshFact[]): Connection {
  const found = facts.find((fact) => fact.kind === 'connection')
  if (found === undefined) throw new Error('no connection')
  return found
}

function authenticationOf(facts: readonly SshFact[]): object | undefined {
  return facts.find((fact) => fact.kind === 'session')?.authentication
}

const kinds = (facts: readonly SshFact[]): string[] =>
  facts.map((fact) => (fact.kind === 'fault' ? fact.code : fact.kind))
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1')

const CLIENT_KEXINIT = kexInit(CLIENT_LISTS)
const SERVER_KEXINIT = kexInit(SERVER_LISTS)
const OPENING = [
  ['server', 'SSH-2.0-server_1\r\n'],
  ['client', 'SSH-2.0-client_1 comment\r\n'],
  ['client', CLIENT_KEXINIT],
  ['server', SERVER_KEXINIT],
] as const
const ENCRYPTED = [
  ...OPENING,
  ['client', KEX_REQUEST],
  ['server', Buffer.concat([KEX_REPLY, NEWKEYS])],
  ['client', NEWKEYS],
] as const

describe('an SSH connection', () => {
  test('is told once both KEXINITs are there', () => {
    const facts = play(OPENING)
    expect(kinds(facts)).toEqual(['connection'])
    const connection = connectionOf(facts)
    expect(connection).toMatchObject({
      stage: 'kexinit',
      at: 3000,
      preBannerLines: 0,
      serverIdentifiedAt: 0,
      clientIdentifiedAt: 1000,
      clientKexInitAt: 2000,
      negotiated: {
        kex: 'curve25519-sha256',
        hostKey: 'ssh-ed25519',
        cipherToServer: 'aes128-ctr',
        cipherToClient: 'aes128-ctr',
        macToServer: 'hmac-sha2-256',
        macToClient: 'hmac-sha2-512',
        compressionToServer: 'none',
        strictKex: true,
      },
    })
    expect(text(connection.clientIdentification)).toBe('SSH-2.0-client_1 comment')
    expect([...(connection.client?.cookie ?? [])]).toEqual(COOKIE)
  })

  test('has the HASSH that md5sum prints for its lists', () => {
    const { client, server } = connectionOf(play(OPENING))
    if (client === undefined || server === undefined) throw new Error('no KEXINIT')
    expect(hassh(client)).toBe('b67a79cd1240c75af01e6025d503de52')
    expect(hasshServer(server)).toBe('fde2bb802db4137f025f554a97abde4a')
  })

  test('may begin with lines of the server before its identification', () => {
    const facts = play([['server', 'Welcome.\r\nNo trespassing\nSSH-2.0-x\n'], ...OPENING.slice(1)])
    expect(connectionOf(facts)).toMatchObject({ preBannerLines: 2, stage: 'kexinit' })
  })

  test('is the same for any segmentation', () => {
    const whole = Buffer.concat([Buffer.from('SSH-2.0-client_1\r\n'), CLIENT_KEXINIT, KEX_REQUEST])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 30 }), (sizes) => {
        let at = 0
        const steps = [...sizes, whole.length].map((size): Step => {
          const part = whole.subarray(at, at + size)
          at += size
          return ['client', part]
        })
        const facts = play(steps)
        expect(kinds(facts)).toEqual(['connection'])
        expect(connectionOf(facts).client?.kexAlgorithms).toBe(CLIENT_LISTS[0])
      }),
    )
  })

  test('seen from the client’s side only is told when the client goes on', () => {
    const client = OPENING.filter(([side]) => side === 'client')
    expect(kinds(play(client))).toEqual([])
    const facts = play([...client, ['client', KEX_REQUEST]])
    expect(connectionOf(facts)).toMatchObject({ stage: 'kexinit', server: undefined })
  })

  test('seen from the server’s side only is told when the server goes on', () => {
    const server = OPENING.filter(([side]) => side === 'server')
    const facts = play([...server, ['server', KEX_REPLY]])
    expect(connectionOf(facts)).toMatchObject({ stage: 'kexinit', client: undefined })
  })

  test.each([
    ['nothing but the server’s banner', [['server', 'SSH-2.0-s\r\n']], 'half-open'],
    ['an identification', [['client', 'SSH-2.0-c\r\n']], 'identification'],
    [
      'version 1',
      [
        ['server', 'SSH-1.5-1.2.26\n'],
        ['client', 'SSH-1.5-1.2.26\n'],
      ],
      'version-1',
    ],
    ['a request for a page', [['client', 'GET / HTTP/1.1\r\n\r\n']], 'malformed'],
    ['a packet of 2 GB', [['client', 'SSH-2.0-c\r\n\x7f\xff\xff\xff\x04']], 'malformed'],
  ] as const)('that came as far as %s is at stage %#', (_, steps, stage) => {
    const bytes = steps.map(([side, said]) => [side, Buffer.from(said, 'latin1')] as const)
    expect(connectionOf(play([...bytes, ['end', 'fin']])).stage).toBe(stage)
  })

  test('of a server that speaks 1.99 is version 2', () => {
    const facts = play([['server', 'SSH-1.99-old\n'], ...OPENING.slice(1)])
    expect(connectionOf(facts).stage).toBe('kexinit')
  })

  test('loses its HASSH, not its server’s, to a byte that was never captured', () => {
    const facts = play([
      OPENING[0],
      OPENING[1],
      ['client', CLIENT_KEXINIT.subarray(0, 60)],
      ['gap', 'client', 1],
      ['client', CLIENT_KEXINIT.subarray(61)],
      ['server', SERVER_KEXINIT],
      ['server', KEX_REPLY],
    ])
    expect(kinds(facts)).toEqual(['kexinit-holed', 'connection'])
    expect(connectionOf(facts)).toMatchObject({ stage: 'kexinit', client: undefined })
    expect(connectionOf(facts).server).toBeDefined()
  })

  test('whose roles were guessed wrongly is turned round by what only one side sends', () => {
    const reversed = OPENING.map(
      ([side, bytes]) => [side === 'client' ? 'server' : 'client', bytes] as const,
    )
    // Once the roles are told, the flow feeds them the right way round.
    const facts = play([...reversed.slice(0, 3), OPENING[3]], false)
    expect(kinds(facts)).toEqual(['roles-reversed', 'connection'])
    expect(text(connectionOf(facts).clientIdentification)).toBe('SSH-2.0-client_1 comment')
  })

  test('without such names waits for the first key exchange message', () => {
    const old = [
      OPENING[0],
      OPENING[1],
      ['client', kexInit(oldLists(CLIENT_LISTS))],
      ['server', kexInit(oldLists(SERVER_LISTS))],
    ] as const
    expect(kinds(play(old, false))).toEqual([])
    expect(kinds(play([...old, ['client', KEX_REQUEST]], false))).toEqual(['connection'])
    expect(kinds(play([...old, ['server', KEX_REQUEST]], false))).toEqual([
      'roles-reversed',
      'connection',
    ])
  })
})

/** aes128-ctr with hmac-sha2-512 towards the client: blocks of 16 and a tag of 64. */
describe('authentication, from sizes', () => {
  const ACCEPT = new Uint8Array(32 + 64)
  const SUCCESS = new Uint8Array(16 + 64)
  const FAILURE = new Uint8Array(48 + 64)
  const asks = (size: number): Step => ['client', new Uint8Array(size)]
  const login: readonly Step[] = [...ENCRYPTED, asks(64), ['server', ACCEPT], asks(96)]

  test('succeeds with the one answer that is as small as USERAUTH_SUCCESS', () => {
    const facts = play([
      ...login,
      ['server', FAILURE],
      asks(144),
      ['server', SUCCESS],
      ['end', 'fin'],
    ])
    expect(kinds(facts)).toEqual(['connection', 'done', 'session'])
    expect(authenticationOf(facts)).toEqual({
      result: 'authenticated',
      confidence: 0.95,
      attempts: 1,
    })
  })

  test('fails as often as the refusal of "none" is repeated', () => {
    const tries = [1, 2, 3].flatMap((): Step[] => [asks(144), ['server', FAILURE]])
    expect(
      authenticationOf(play([...login, ['server', FAILURE], ...tries, ['end', 'fin']])),
    ).toEqual({
      result: 'not-authenticated',
      confidence: 0.8,
      attempts: 3,
    })
  })

  test('was not tried by a client that asked for the methods only, or for nothing', () => {
    expect(authenticationOf(play([...login, ['server', FAILURE], ['end', 'fin']]))).toEqual({
      result: 'no-authentication',
      confidence: 0.7,
      attempts: 0,
    })
    expect(authenticationOf(play([...OPENING, ['end', 'fin']]))).toEqual({
      result: 'no-authentication',
      confidence: 1,
      attempts: 0,
    })
  })

  test('is unknown when bytes were lost, one side was not seen, or the capture ended', () => {
    const unknown = { result: 'unknown', confidence: 0 }
    const lossy = play([...login, ['gap', 'server', 5], ['end', 'fin']])
    expect(authenticationOf(lossy)).toMatchObject(unknown)
    const half = play([...login.filter(([side]) => side === 'client'), ['end', 'fin']])
    expect(authenticationOf(half)).toMatchObject(unknown)
    expect(authenticationOf(play([...login, ['end', 'capture-end']]))).toMatchObject(unknown)
  })
})

describe('hostile input', () => {
  test('endless lines and endless identifications are given up', () => {
    const lines = Buffer.from('x\n'.repeat(100))
    expect(kinds(play([['server', lines]]))).toEqual(['too-many-lines'])
    const long = Buffer.from(`SSH-2.0-${'x'.repeat(2000)}`)
    expect(kinds(play([['client', long]]))).toEqual(['identification-too-long'])
  })

  test('no bytes in any order make it throw, and every connection is told once', () => {
    const side = fc.constantFrom<Direction>('client', 'server')
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom<Uint8Array>(
        Buffer.from('SSH-2.0-x\r\n'),
        CLIENT_KEXINIT,
        SERVER_KEXINIT,
        CLIENT_KEXINIT.subarray(0, 50),
        NEWKEYS,
        KEX_REQUEST,
        KEX_REPLY,
      ),
    )
    const step = fc.oneof(
      fc.tuple(side, bytes),
      fc.tuple(fc.constant('gap' as const), side, fc.integer({ min: 1, max: 200 })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.boolean(), (steps, rolesKnown) => {
        const facts = play([...steps, ['end', 'reset']], rolesKnown)
        expect(facts.filter((fact) => fact.kind === 'connection')).toHaveLength(1)
        expect(facts.at(-1)?.kind).toBe('session')
      }),
    )
  })
})

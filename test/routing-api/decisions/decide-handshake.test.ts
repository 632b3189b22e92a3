import { describe, expect, test } from '@jest/globals'
import { decideHandshake } from '../../../routing-api/decisions/decide-handshake.ts'
import {
  address,
  asked,
  evidence,
  FP,
  NOW,
  score,
  server,
  view,
  type ViewParts,
} from './fixtures.ts'
import { type ClientFacts } from '../../../routing-api/decisions/client-verdict.ts'

const half = (): number => 0.5
const HOUR = 3_600_000
const IP = 'ip:192.0.2.1#tls'
const IP_FP = `ip-fp:192.0.2.1|${FP}#tls`

interface Row {
  readonly name: string
  readonly facts?: Partial<ClientFacts>
  readonly parts?: ViewParts
  readonly pool: string
  readonly by: string
  readonly code: string
}

const ROWS: readonly Row[] = [
  { name: 'a stranger is ordinary', pool: 'primary', by: 'none', code: 'no-history' },
  {
    name: 'a bad address goes to mitigation',
    parts: { scores: [score(IP, 12)] },
    pool: 'mitigation',
    by: 'ip',
    code: 't_rand_dup',
  },
  {
    name: 'a bad client with its program goes to mitigation',
    parts: { scores: [score(IP_FP, 12), score(IP, 1)] },
    pool: 'mitigation',
    by: 'ip-fp',
    code: 't_rand_dup',
  },
  {
    name: 'changing the fingerprint does not shake off what the address did',
    parts: { scores: [score(IP_FP, 0.1), score(IP, 12)] },
    pool: 'mitigation',
    by: 'ip',
    code: 't_rand_dup',
  },
  {
    name: 'a client that proved itself is not its address',
    parts: { scores: [score(IP_FP, -2, { lastSuccessAtMs: NOW - HOUR }), score(IP, 12)] },
    pool: 'primary',
    by: 'ip-fp',
    code: 'history',
  },
  {
    name: 'a shared address answers for no single client',
    parts: { scores: [score(IP, 12, { shared: true })] },
    pool: 'primary',
    by: 'ip',
    code: 'cap-shared',
  },
  {
    name: 'an address the policy calls shared is shared',
    parts: { scores: [score(IP, 12)], policy: { sharedAddresses: ['192.0.2.0/24'] } },
    pool: 'primary',
    by: 'ip',
    code: 'cap-shared',
  },
  {
    name: 'on a shared address the client with its program still decides',
    parts: { scores: [score(IP_FP, 12, { shared: true }), score(IP, 1, { shared: true })] },
    pool: 'mitigation',
    by: 'ip-fp',
    code: 't_rand_dup',
  },
  {
    name: 'the first connection of a scanner is judged by its hello',
    facts: {
      inHand: [
        evidence(6),
        evidence(6, { feature: 't_rand_dup' }),
        evidence(4, { feature: 't_malformed', family: 'probe' }),
      ],
    },
    pool: 'mitigation',
    by: 'hello',
    code: 't_rand_bytes',
  },
  {
    name: 'a friendly hello never outweighs what is known',
    facts: { inHand: [evidence(-9, { feature: 't_fp_rep', family: 'fingerprint' })] },
    parts: { scores: [score(IP, 12)] },
    pool: 'mitigation',
    by: 'ip',
    code: 't_rand_dup',
  },
  {
    name: 'a network alone condemns nobody',
    parts: { scores: [score('net:192.0.2.0/24#tls', 30)] },
    pool: 'primary',
    by: 'net',
    code: 'cap-unproven-client',
  },
  {
    name: 'a fingerprint alone condemns nobody',
    parts: { scores: [score(`fp:${FP}#tls`, 30)] },
    pool: 'primary',
    by: 'fp',
    code: 'cap-unproven-client',
  },
  {
    name: 'evidence decays by its half-life',
    parts: {
      scores: [score(IP, 12, { asOfMs: NOW - 2 * HOUR, validUntilMs: NOW + HOUR })],
    },
    pool: 'primary',
    by: 'ip',
    code: 'history',
  },
  {
    name: 'a score past its validity is not used',
    parts: { scores: [score(IP, 30, { validUntilMs: NOW - 1 })] },
    pool: 'primary',
    by: 'none',
    code: 'no-history',
  },
  {
    name: 'own machinery is never scored',
    parts: { scores: [score(IP, 30)], policy: { ownMachinery: ['192.0.2.1'] } },
    pool: 'primary',
    by: 'list',
    code: 'own-machinery',
  },
  {
    name: 'a trusted proxy is no client',
    parts: { scores: [score(IP, 30)], policy: { trustedProxies: ['192.0.2.0/28'] } },
    pool: 'primary',
    by: 'list',
    code: 'own-machinery',
  },
  {
    name: 'allowed is allowed',
    parts: { scores: [score(IP, 30)], lists: [['allow', '192.0.2.0/24']] },
    pool: 'primary',
    by: 'list',
    code: 'list-allow',
  },
  {
    name: 'the longer prefix wins',
    parts: {
      lists: [
        ['allow', '192.0.2.0/24'],
        ['deny', '192.0.2.1/32'],
      ],
    },
    pool: 'mitigation',
    by: 'list',
    code: 'list-deny',
  },
  {
    name: 'an operator denies even in shadow',
    parts: { policy: { shadow: true }, lists: [['deny', '192.0.2.1/32']] },
    pool: 'mitigation',
    by: 'list',
    code: 'list-deny',
  },
  {
    name: 'a decoy is nobody’s business',
    facts: { serverAddress: address('198.51.100.9'), inHand: [evidence(4)] },
    parts: { lists: [['decoy', '198.51.100.0/28']] },
    pool: 'mitigation',
    by: 'hello',
    code: 's_decoy',
  },
  {
    name: 'before the state is read the default is answered',
    parts: { scores: [score(IP, 30)], freshness: { kind: 'not-caught-up' } },
    pool: 'primary',
    by: 'default',
    code: 'not-caught-up',
  },
  {
    name: 'stale scores are not used, and the default may be the careful pool',
    parts: {
      scores: [score(IP, 30)],
      freshness: { kind: 'stale', ageMs: 400_000 },
      policy: { failStatic: { pool: 'mitigation' } },
    },
    pool: 'mitigation',
    by: 'default',
    code: 'scores-stale',
  },
  {
    name: 'in a cold start only hard evidence is high',
    parts: { scores: [score(IP, 8.5, { contributions: () => [] })], population: 10 },
    pool: 'primary',
    by: 'ip',
    code: 'cap-cold-start',
  },
]

describe('which handshake server takes a connection', () => {
  test.each(ROWS)('$name', ({ facts, parts, pool, by, code }) => {
    const decision = decideHandshake(asked(facts), view(parts), half)
    expect([decision.pool, decision.verdict.decidedBy]).toEqual([pool, by])
    expect(decision.reasons.map((why) => why.code)).toContain(code)
  })

  test('in shadow the answer is as if nothing were wrong, and says what it would be', () => {
    const shadowed = view({ scores: [score(IP, 12)], policy: { shadow: true } })
    const decision = decideHandshake(asked(), shadowed, half)
    expect(decision).toMatchObject({ pool: 'primary', wouldBe: 'mitigation', shadow: true })
    expect(decision.server?.id).toBe('p1')
    expect(decision.reasons.map(({ code }) => code)).toContain('shadow')
  })

  test('a listener has its own threshold and shadow', () => {
    const listeners = { shop: { shadow: false, threshold: 0.3 } }
    const strict = view({ scores: [score(IP, 4)], policy: { shadow: true, listeners } })
    expect(decideHandshake(asked(), strict, half).pool).toBe('mitigation')
    expect(decideHandshake({ ...asked(), listener: 'other' }, strict, half).pool).toBe('primary')
  })

  test('points of the reasons and the cap explain the score', () => {
    const { verdict } = decideHandshake(asked(), view({ scores: [score(IP, 8)] }), half)
    const points = verdict.reasons.reduce((sum, why) => sum + why.points, 0)
    expect(Math.abs(points - verdict.score)).toBeLessThan(0.005)
  })

  test.each([
    [
      'by capacity, low draw',
      0.05,
      [server('a', { capacity: 10 }), server('b', { capacity: 90 })],
      'a',
    ],
    [
      'by capacity, high draw',
      0.5,
      [server('a', { capacity: 10 }), server('b', { capacity: 90 })],
      'b',
    ],
    ['never a draining one', 0.0, [server('a', { state: 'draining' }), server('b')], 'b'],
    ['never a down one', 0.0, [server('a', { state: 'down' }), server('b')], 'b'],
    [
      'never a silent one',
      0.0,
      [server('a', { heartbeatMs: 1000, heardAtMs: NOW - 1001 }), server('b')],
      'b',
    ],
    [
      'one that keeps its promise',
      0.0,
      [server('a', { heartbeatMs: 1000, heardAtMs: NOW - 1000 }), server('b')],
      'a',
    ],
    ['of the other pool when there is none', 0.5, [server('m', { pool: 'mitigation' })], 'm'],
    ['none when there is none', 0.5, [], undefined],
  ])('the server is drawn: %s', (_name, random, servers, id) => {
    expect(decideHandshake(asked(), view({ servers }), () => random).server?.id).toBe(id)
  })
})

import { describe, expect, test } from '@jest/globals'
import { addressText } from '../../../lib/client-entity.ts'
import { blocklist, type BlocklistOptions } from '../../../routing-api/blocklist/blocklist.ts'
import { contains, without } from '../../../routing-api/blocklist/prefixes.ts'
import { type ScoreFacts } from '../../../routing-api/decisions/score-facts.ts'
import { cidrText, parseCidr, type Cidr } from '../../../routing-api/lists/cidr.ts'
import { OperatorLists } from '../../../routing-api/lists/operator-lists.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { NOW, score, view } from '../decisions/fixtures.ts'

const ENFORCED = { shadow: false }
const OPTIONS: BlocklistOptions = {
  minBand: 'high',
  ttlMs: 4 * 3_600_000,
  listener: '',
  scoresOnly: false,
}

function listOf(
  scores: readonly ScoreFacts[],
  words: readonly (readonly ['allow' | 'deny', string, number?])[] = [],
  policy: object = ENFORCED,
  options: Partial<BlocklistOptions> = {},
): ReturnType<typeof blocklist> {
  const lists = new OperatorLists()
  for (const [kind, id, untilMs] of words) {
    const body = JSON.stringify({ untilMs: untilMs ?? null })
    const about = { actor: 'anna', reason: 'known', deleted: false, observedAt: NOW * 1000 }
    lists.apply(kind, exampleRecord('Control', { kind, id, body, ...about }))
  }
  const found = new Map(scores.map((one) => [one.entity, one]))
  const base = view({ policy: { shadow: true, ...policy } })
  const seen = { ...base, lists, scores: { find: (entity: string) => found.get(entity) } }
  return blocklist(found.keys(), seen, NOW, { ...OPTIONS, ...options })
}

function shown(list: ReturnType<typeof blocklist>): readonly string[] {
  return list.entries.map(({ cidr, ground, band, ttlS }) =>
    [cidrText(cidr), ground, band, ttlS].join(' '),
  )
}

const ssh = (ip: string, evidence: number, over: Partial<ScoreFacts> = {}): ScoreFacts =>
  score(`ip:${ip}#ssh`, evidence, { value: evidence > 10 ? 95 : 75, ...over })

describe('the list of addresses to refuse', () => {
  test('holds who is in the band or above, in order, for as long as the score is valid and the list allows', () => {
    const list = listOf([
      ssh('203.0.113.9', 12),
      ssh('203.0.113.2', 12, { validUntilMs: NOW + 90_000 }),
      ssh('203.0.113.3', 1, { value: 20 }),
      ssh('2001:db8:1:2::/64', 12),
      score('ip-fp:203.0.113.4|x#ssh', 12, { value: 95 }),
      score('net:203.0.113.0/24#ssh', 12, { value: 95 }),
    ])
    expect(shown(list)).toEqual([
      '203.0.113.2/32 ssh critical 120',
      '203.0.113.9/32 ssh critical 3600',
      '2001:db8:1:2::/64 ssh critical 3600',
    ])
    expect(list.heldBack).toEqual({ shadow: 0, shared: 0, loggedIn: 0, allowed: 0 })
  })

  test('says nothing of shared addresses, of who logged in lately, of who is allowed, and of anybody in shadow', () => {
    const scores = [
      ssh('203.0.113.1', 12, { shared: true }),
      ssh('203.0.113.2', 12, { lastSuccessAtMs: NOW - 20 * 86_400_000 }),
      ssh('203.0.113.3', 12),
      ssh('203.0.113.4', 12),
      ssh('198.51.100.7', 12),
    ]
    const policy = {
      ...ENFORCED,
      sharedAddresses: ['198.51.100.0/24'],
      ownMachinery: ['203.0.113.4'],
    }
    const list = listOf(scores, [['allow', '203.0.113.3/32']], policy)
    expect(shown(list)).toEqual([])
    expect(list.heldBack).toEqual({ shadow: 0, shared: 2, loggedIn: 1, allowed: 2 })
    const shadow = listOf([ssh('203.0.113.9', 12)], [['deny', '192.0.2.0/24']], {})
    expect(shown(shadow)).toEqual(['192.0.2.0/24 deny-list critical 14400'])
    expect(shadow.heldBack.shadow).toBe(1)
  })

  test("a listener's own shadow counts when it is named", () => {
    const policy = { shadow: true, listeners: { bastion: { protocol: 'ssh', shadow: false } } }
    const list = listOf([ssh('203.0.113.9', 12)], [], policy, { listener: 'bastion' })
    expect(shown(list)).toHaveLength(1)
  })

  test('what is denied is listed without what is allowed in it, and a denied part of what is allowed too', () => {
    const list = listOf(
      [],
      [
        ['deny', '192.0.2.0/30'],
        ['allow', '192.0.2.1/32'],
        ['allow', '198.51.100.0/24'],
        ['deny', '198.51.100.9/32'],
        ['deny', '203.0.113.7/32'],
        ['allow', '203.0.113.7/32'],
        ['deny', '203.0.113.8/32', NOW + 61_000],
        ['deny', '203.0.113.9/32', NOW - 1],
      ],
    )
    expect(shown(list)).toEqual([
      '192.0.2.0/32 deny-list critical 14400',
      '192.0.2.2/31 deny-list critical 14400',
      '198.51.100.9/32 deny-list critical 14400',
      '203.0.113.8/32 deny-list critical 120',
    ])
    expect(shown(listOf([], [['deny', '192.0.2.0/30']], ENFORCED, { scoresOnly: true }))).toEqual(
      [],
    )
  })

  test('own machinery is cut out of what is denied, however wide', () => {
    const policy = { ...ENFORCED, ownMachinery: ['192.0.2.0/24'] }
    expect(shown(listOf([], [['deny', '192.0.2.9/32']], policy))).toEqual([])
  })

  test('an address allowed in a suspected /64 is cut out of it', () => {
    const list = listOf([ssh('2001:db8:1:2::/64', 12)], [['allow', '2001:db8:1:2::5/128']])
    const five = parseCidr('2001:db8:1:2::5')
    if (five === undefined) throw new Error('no address')
    expect(list.entries.some(({ cidr }) => contains(cidr, five))).toBe(false)
    expect(list.entries).toHaveLength(64)
  })

  test('an address that lies in a denied prefix is not listed twice', () => {
    const list = listOf([ssh('192.0.2.9', 12)], [['deny', '192.0.2.0/24']])
    expect(shown(list)).toEqual(['192.0.2.0/24 deny-list critical 14400'])
  })
})

describe('prefixes', () => {
  const cidr = (text: string): Cidr => {
    const parsed = parseCidr(text)
    if (parsed === undefined) throw new Error(text)
    return parsed
  }

  test('without a part, the rest is covered by the fewest', () => {
    expect(without(cidr('10.0.0.0/29'), [cidr('10.0.0.2/32')]).map(cidrText)).toEqual([
      '10.0.0.0/31',
      '10.0.0.3/32',
      '10.0.0.4/30',
    ])
    expect(without(cidr('::/0'), [cidr('10.0.0.0/8')]).map(cidrText)).toEqual(['::/0'])
    expect(without(cidr('10.0.0.0/8'), [cidr('10.0.0.0/8')])).toEqual([])
  })

  test('every address is covered once, or excluded', () => {
    const excluded = ['10.0.0.7/32', '10.0.0.16/28', '10.0.0.40/29'].map(cidr)
    const parts = without(cidr('10.0.0.0/26'), excluded)
    for (let i = 0; i < 64; i += 1) {
      const one = cidr(`10.0.0.${i}`)
      const covered = parts.filter((part) => contains(part, one)).length
      const out = excluded.some((part) => contains(part, one))
      expect([addressText(one.address), covered]).toEqual([`10.0.0.${i}`, out ? 0 : 1])
    }
  })
})

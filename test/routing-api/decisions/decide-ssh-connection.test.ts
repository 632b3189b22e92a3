import { describe, expect, test } from '@jest/globals'
import { decideSshConnection } from '../../../routing-api/decisions/decide-ssh-connection.ts'
import { client, FP, NOW, score, view, type ViewParts } from './fixtures.ts'

const IP = 'ip:192.0.2.1#ssh'
const DAY = 86_400_000

interface Row {
  readonly name: string
  readonly aware: boolean
  readonly parts: ViewParts
  readonly action: string
}

const ROWS: readonly Row[] = [
  {
    name: 'a stranger that cannot be asked passes',
    aware: false,
    parts: {},
    action: 'pass',
  },
  {
    name: 'a stranger that can is asked for the cheapest',
    aware: true,
    parts: {},
    action: 'challenge',
  },
  {
    name: 'medium, aware',
    aware: true,
    parts: { scores: [score(IP, 5)] },
    action: 'challenge',
  },
  {
    name: 'medium, unaware',
    aware: false,
    parts: { scores: [score(IP, 5)] },
    action: 'step-up',
  },
  {
    name: 'high, aware',
    aware: true,
    parts: { scores: [score(IP, 8)] },
    action: 'challenge',
  },
  {
    name: 'critical with two kinds of evidence',
    aware: true,
    parts: { scores: [score(IP, 12)] },
    action: 'terminate',
  },
  {
    name: 'one kind of evidence is never critical',
    aware: false,
    parts: { scores: [score(IP, 13, { contributions: () => [] })] },
    action: 'step-up',
  },
  {
    name: 'an address with a login within 30 days is not terminated',
    aware: false,
    parts: { scores: [score(IP, 13, { lastSuccessAtMs: NOW - 29 * DAY })] },
    action: 'step-up',
  },
  {
    name: 'a login of 31 days ago protects no more',
    aware: false,
    parts: { scores: [score(IP, 13, { lastSuccessAtMs: NOW - 31 * DAY })] },
    action: 'terminate',
  },
  {
    name: 'a shared address stops at medium',
    aware: true,
    parts: { scores: [score(IP, 13, { shared: true })] },
    action: 'challenge',
  },
  {
    name: 'an operator terminates whatever the history',
    aware: false,
    parts: { scores: [score(IP, 0, { lastSuccessAtMs: NOW })], lists: [['deny', '192.0.2.1']] },
    action: 'terminate',
  },
  {
    name: 'shadow passes',
    aware: true,
    parts: { scores: [score(IP, 12)], policy: { shadow: true } },
    action: 'pass',
  },
]

describe('how hard an SSH client is challenged', () => {
  test.each(ROWS)('$name', ({ aware, parts, action }) => {
    const facts = client({ protocol: 'ssh', fingerprint: null })
    const decision = decideSshConnection(
      facts,
      'bastion',
      { aware, hasPass: () => false },
      view(parts),
    )
    expect(decision.action).toBe(action)
  })

  test('a program that logged in lately and cannot be asked waits, and is asked nothing', () => {
    const facts = client({ protocol: 'ssh', fingerprint: FP })
    const pair = `ip-fp:192.0.2.1|${FP}#ssh`
    const known = view({ scores: [score(pair, 5, { lastSuccessAtMs: NOW - DAY })] })
    const unaware = { aware: false, hasPass: () => false }
    const decision = decideSshConnection(facts, 'bastion', unaware, known)
    expect([decision.action, decision.delayMs]).toEqual(['pass', 1_500])
    expect(decision.reasons.map(({ code }) => code)).toContain('brake')
  })

  test('a pass of a challenge lets through what it is good for, and nothing critical', () => {
    const facts = client({ protocol: 'ssh', fingerprint: null })
    const holder = { aware: true, hasPass: (risk: number) => risk < 60 }
    const decide = (nats: number): string =>
      decideSshConnection(facts, 'b', holder, view({ scores: [score(IP, nats)] })).action
    expect([decide(5), decide(8), decide(12)]).toEqual(['pass', 'challenge', 'terminate'])
  })

  test('a listener may draw its bands elsewhere', () => {
    const facts = client({ protocol: 'ssh', fingerprint: null })
    const policy = { listeners: { strict: { protocol: 'ssh', ssh: { bands: { critical: 75 } } } } }
    const parts = { scores: [score(IP, 8)], policy }
    const asked = { aware: true, hasPass: () => false }
    expect(decideSshConnection(facts, 'strict', asked, view(parts)).action).toBe('terminate')
    expect(decideSshConnection(facts, 'other', asked, view(parts)).action).toBe('challenge')
  })
})

import { describe, expect, test } from '@jest/globals'
import { decideSshConnection } from '../../../routing-api/decisions/decide-ssh-connection.ts'
import { client, NOW, score, view, type ViewParts } from './fixtures.ts'

const IP = 'ip:192.0.2.1#ssh'
const DAY = 86_400_000

interface Row {
  readonly name: string
  readonly aware: boolean
  readonly parts: ViewParts
  readonly action: string
  readonly challenges: readonly string[]
}

const ROWS: readonly Row[] = [
  {
    name: 'a stranger that cannot be asked passes',
    aware: false,
    parts: {},
    action: 'pass',
    challenges: [],
  },
  {
    name: 'a stranger that can is asked for the cheapest',
    aware: true,
    parts: {},
    action: 'challenge',
    challenges: ['mac'],
  },
  {
    name: 'medium, aware',
    aware: true,
    parts: { scores: [score(IP, 5)] },
    action: 'challenge',
    challenges: ['mac', 'puzzle'],
  },
  {
    name: 'medium, unaware',
    aware: false,
    parts: { scores: [score(IP, 5)] },
    action: 'step-up',
    challenges: [],
  },
  {
    name: 'high, aware',
    aware: true,
    parts: { scores: [score(IP, 8)] },
    action: 'challenge',
    challenges: ['mac', 'puzzle', 'question'],
  },
  {
    name: 'critical with two kinds of evidence',
    aware: true,
    parts: { scores: [score(IP, 12)] },
    action: 'terminate',
    challenges: [],
  },
  {
    name: 'one kind of evidence is never critical',
    aware: false,
    parts: { scores: [score(IP, 13, { contributions: () => [] })] },
    action: 'step-up',
    challenges: [],
  },
  {
    name: 'an address with a login within 30 days is not terminated',
    aware: false,
    parts: { scores: [score(IP, 13, { lastSuccessAtMs: NOW - 29 * DAY })] },
    action: 'step-up',
    challenges: [],
  },
  {
    name: 'a login of 31 days ago protects no more',
    aware: false,
    parts: { scores: [score(IP, 13, { lastSuccessAtMs: NOW - 31 * DAY })] },
    action: 'terminate',
    challenges: [],
  },
  {
    name: 'a shared address stops at medium',
    aware: true,
    parts: { scores: [score(IP, 13, { shared: true })] },
    action: 'challenge',
    challenges: ['mac', 'puzzle'],
  },
  {
    name: 'an operator terminates whatever the history',
    aware: false,
    parts: { scores: [score(IP, 0, { lastSuccessAtMs: NOW })], lists: [['deny', '192.0.2.1']] },
    action: 'terminate',
    challenges: [],
  },
  {
    name: 'shadow passes',
    aware: true,
    parts: { scores: [score(IP, 12)], policy: { shadow: true } },
    action: 'pass',
    challenges: [],
  },
]

describe('how hard an SSH client is challenged', () => {
  test.each(ROWS)('$name', ({ aware, parts, action, challenges }) => {
    const facts = client({ protocol: 'ssh', fingerprint: null })
    const decision = decideSshConnection(facts, 'bastion', aware, view(parts))
    expect([decision.action, decision.challenges]).toEqual([action, challenges])
  })

  test('who is refused reads the code, and nobody else reads anything', () => {
    const facts = client({ protocol: 'ssh', fingerprint: null })
    const policy = { ssh: { refusal: 'no: {code}' } }
    const refused = decideSshConnection(facts, 'b', true, view({ policy, scores: [score(IP, 12)] }))
    expect(refused.message).toMatch(/^no: s_/)
    expect(decideSshConnection(facts, 'b', true, view({ policy })).message).toBeUndefined()
  })
})

import { describe, expect, test } from '@jest/globals'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { createBacktest } from '../../processors/backtest.ts'
import { type AttackPattern, type Score } from '../../schemas/generated/records.ts'
import { outcome, SECOND, sshAttempt, sshConnection, T0 } from './records.ts'

const HASSH = 'be311342000000000000000000000006'

/** A connection of the program, and what failed on it. */
function comes(client: string, at: number, names: readonly string[], exists = false): AnyRecord[] {
  const clientPort = 4_000
  const greeting = sshConnection(client, at, { clientPort, hassh: HASSH })
  const tries = names.map((user, i): AnyRecord => {
    const fields = { clientPort, user, userExists: exists }
    return { type: 'SshAuthAttempt', record: sshAttempt(client, at + (i + 1) * SECOND, fields) }
  })
  return [{ type: 'SshConnection', record: greeting }, ...tries]
}

function site() {
  const patterns: AttackPattern[] = []
  const scores = new Map<string, Score>()
  const folds = createBacktest(
    undefined,
    (score) => {
      if (score.kind === 'ip') scores.set(score.entity, score)
    },
    undefined,
    (pattern) => patterns.push(pattern),
  )
  return {
    patterns,
    feed: (events: readonly AnyRecord[]) => {
      for (const any of events) folds.feed(any)
    },
    signs: (client: string) =>
      scores.get(`ip:${client}#ssh`)?.contributions.map(({ feature }) => feature) ?? [],
  }
}

const LIST = ['oracle', 'postgres', 'ubnt']

describe('hostile behaviour that repeats', () => {
  test('gets a name, and the next who begins so is met with it at the first try', () => {
    const { patterns, feed, signs } = site()
    const guessers = ['192.0.2.1', '198.51.100.1', '203.0.113.1']
    guessers.forEach((client, i) => {
      feed(comes(client, T0 + i * 60 * SECOND, LIST))
    })
    expect(patterns.map(({ name }) => name)).toContain(
      `SSH, program ${HASSH}: tries "oracle" first`,
    )
    feed(comes('100.64.0.1', T0 + 600 * SECOND, ['oracle']))
    expect(signs('100.64.0.1')).toContain('s_pattern')
    feed(comes('100.64.1.1', T0 + 700 * SECOND, ['alice']))
    expect(signs('100.64.1.1')).not.toContain('s_pattern')
  })

  test('of one client is a pattern as soon as somebody reports an incident', () => {
    const { patterns, feed, signs } = site()
    feed(comes('192.0.2.1', T0, ['deploy'], true))
    expect(patterns).toEqual([])
    const at = T0 + 30 * SECOND
    const report = outcome('192.0.2.1', at, { result: 'incident', fingerprint: HASSH })
    feed([{ type: 'Outcome', record: report }])
    expect(patterns.map(({ origin }) => origin)).toContain('incident')
    feed(comes('100.64.0.1', T0 + 60 * SECOND, ['deploy'], true))
    expect(signs('100.64.0.1')).toContain('s_pattern')
  })

  test('is nothing against who begins with a name that logs in here', () => {
    const { feed, signs } = site()
    const login = {
      clientPort: 5_000,
      user: 'deploy',
      result: 'accepted',
      method: 'publickey',
    } as const
    const own = sshAttempt('10.1.1.1', T0 - 60 * SECOND, login)
    feed([{ type: 'SshAuthAttempt', record: own }])
    for (const client of ['192.0.2.1', '198.51.100.1', '203.0.113.1']) {
      feed(comes(client, T0, ['deploy', 'oracle', 'ubnt']))
    }
    feed(comes('100.64.0.1', T0 + 60 * SECOND, ['deploy'], true))
    expect(signs('100.64.0.1')).not.toContain('s_pattern')
  })
})

import { describe, expect, test } from '@jest/globals'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { ClientFold } from '../../../processors/client-fold/client-fold.ts'
import { Lists } from '../../../processors/client-fold/lists.ts'
import { type Score } from '../../../schemas/generated/records.ts'
import { nonce, outcome, SECOND, sshAttempt, sshConnection, T0, tlsHello } from '../records.ts'

function scoresOf(records: readonly AnyRecord[]): Map<string, Score> {
  const fold = new ClientFold({ population: new PopulationTable(), lists: new Lists() })
  const scores = new Map<string, Score>()
  for (const output of records.flatMap((record) => fold.step(record))) {
    if (output.kind === 'record' && output.type === 'Score') {
      scores.set(output.record.entity, output.record)
    }
  }
  return scores
}

function saidOf(score: Score | undefined): readonly string[] {
  return score?.contributions.map(({ feature }) => feature) ?? []
}

describe('one connection seen by a tap and by a gate that does not tell the port', () => {
  const HELLO = { random: nonce(1), keyShareDigests: [nonce(2, 8)] }
  const CONNECTION = { cookie: nonce(3, 16) }

  test.each([
    ['gate first', [0, 40_000]],
    ['tap first', [40_000, 0]],
  ])('repeats neither random nor key share, %s', (_order, ports) => {
    const scores = scoresOf(
      ports.map((clientPort, i) => ({
        type: 'TlsHello',
        record: tlsHello('192.0.2.1', T0 + i, { ...HELLO, clientPort }),
      })),
    )
    const said = saidOf(scores.get('ip:192.0.2.1#tls'))
    expect(said).not.toContain('t_rand_dup')
    expect(said).not.toContain('t_keyshare_dup')
  })

  test('repeats no cookie', () => {
    const scores = scoresOf(
      [0, 40_000].map((clientPort, i) => ({
        type: 'SshConnection',
        record: sshConnection('192.0.2.1', T0 + i, { ...CONNECTION, clientPort }),
      })),
    )
    expect(saidOf(scores.get('ip:192.0.2.1#ssh'))).not.toContain('s_cookie_dup')
  })

  test('on a second port it is a repetition all the same', () => {
    const scores = scoresOf(
      [0, 40_000, 40_001].map((clientPort, i) => ({
        type: 'TlsHello',
        record: tlsHello('192.0.2.1', T0 + i, { ...HELLO, clientPort }),
      })),
    )
    const said = saidOf(scores.get('ip:192.0.2.1#tls'))
    expect(said).toContain('t_rand_dup')
    expect(said).toContain('t_keyshare_dup')
  })
})

test('a shared address stays shared when a false positive is reported', () => {
  const logins = ['anna', 'ben', 'cleo'].map((user, i): AnyRecord => {
    const fields = { user, userForm: 'clear', userExists: true, result: 'accepted' } as const
    return { type: 'SshAuthAttempt', record: sshAttempt('192.0.2.1', T0 + i * SECOND, fields) }
  })
  const failures = Array.from({ length: 9 }, (_, i): AnyRecord => {
    const fields = { user: `u${i}`, userExists: false, result: 'failed' } as const
    return {
      type: 'SshAuthAttempt',
      record: sshAttempt('192.0.2.1', T0 + (20 + i) * SECOND, fields),
    }
  })
  const cleared: AnyRecord = {
    type: 'Outcome',
    record: outcome('192.0.2.1', T0 + 10 * SECOND, { result: 'false-positive' }),
  }
  const score = scoresOf([...logins, cleared, ...failures]).get('ip:192.0.2.1#ssh')
  expect(score?.shared).toBe(true)
  expect(score?.value).toBeLessThanOrEqual(69)
})

test('a revocation that names another client takes nothing back, and leaves the outcome revocable', () => {
  const incident = outcome('192.0.2.1', T0, { result: 'incident' })
  const revokes = incident.eventId
  const wrong = outcome('192.0.2.2', T0 + SECOND, { result: 'completed', revokes })
  const right = outcome('192.0.2.1', T0 + 2 * SECOND, { result: 'completed', revokes })
  const seen = (client: string): AnyRecord => ({ type: 'TlsHello', record: tlsHello(client, T0) })
  const told = (record: typeof incident): AnyRecord => ({ type: 'Outcome', record })
  const before = [seen('192.0.2.1'), seen('192.0.2.2'), told(incident), told(wrong)]
  const accused = scoresOf(before)
  expect(saidOf(accused.get('ip:192.0.2.1#tls'))).toContain('incident')
  expect(saidOf(accused.get('ip:192.0.2.2#tls'))).not.toContain('incident')
  expect(saidOf(scoresOf([...before, told(right)]).get('ip:192.0.2.1#tls'))).not.toContain(
    'incident',
  )
})

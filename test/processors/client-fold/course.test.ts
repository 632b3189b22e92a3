import { describe, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { ClientFold } from '../../../processors/client-fold/client-fold.ts'
import { Lists } from '../../../processors/client-fold/lists.ts'
import { type Score } from '../../../schemas/generated/records.ts'
import { bytesOf, loadAll } from '../saved.ts'
import { SECOND, sshAttempt, T0, tlsHello } from '../records.ts'

function newFold(): ClientFold {
  const knowledge = { population: new PopulationTable(), lists: new Lists() }
  return new ClientFold(knowledge, { clients: 100, pairs: 100 })
}

function lastScore(fold: ClientFold, records: readonly AnyRecord[], entity: string): Score {
  const scores = records
    .flatMap((record) => fold.step(record))
    .flatMap((output) =>
      output.kind === 'record' && output.type === 'Score' ? [output.record] : [],
    )
    .filter((score) => score.entity === entity)
  const last = scores.at(-1)
  if (last === undefined) throw new Error(`no score of ${entity}`)
  return last
}

function attemptAt(at: number, fields: Parameters<typeof sshAttempt>[2]): AnyRecord {
  return { type: 'SshAuthAttempt', record: sshAttempt('192.0.2.9', at, fields) }
}

function attempts(
  n: number,
  fields: Parameters<typeof sshAttempt>[2],
  from = T0,
): readonly AnyRecord[] {
  return Array.from({ length: n }, (_, i) => attemptAt(from + i * SECOND, fields))
}

describe('the course of an SSH client', () => {
  const forcing = { result: 'failed', user: 'alice', userExists: true } as const

  test('is told with its score, and the newest state last', () => {
    const looks = [0, 1, 2].map((i): AnyRecord =>
      attemptAt(T0 + 700 * i * SECOND, { result: 'closed-before' }),
    )
    const records = [...looks, ...attempts(40, forcing, T0 + 3_000 * SECOND)]
    const { state } = lastScore(newFold(), records, 'ip:192.0.2.9#ssh')
    expect(state).toMatch(/^interactive, then reconnaissance, then brute force \((0\.9\d|1\.00)\)$/)
  })

  test('survives a snapshot', () => {
    const fold = newFold()
    for (const record of attempts(3, forcing)) fold.step(record)
    const restored = newFold()
    loadAll(restored.load(), bytesOf(fold.save()))
    const later = attempts(40, forcing, T0 + 60 * SECOND)
    expect(lastScore(restored, later, 'ip:192.0.2.9#ssh')).toEqual(
      lastScore(fold, later, 'ip:192.0.2.9#ssh'),
    )
  })
})

describe('the randoms of a TLS client', () => {
  /** Good bytes with the top bit of every word clear: a rand() of 31 bits. */
  function weak(i: number): Uint8Array {
    const bytes = createHash('sha256').update(`weak ${i}`).digest()
    for (let at = 0; at < 32; at += 4) bytes[at] = (bytes[at] ?? 0) & 0x7f
    return bytes
  }
  const hellos = (n: number, random: (i: number) => Uint8Array): readonly AnyRecord[] =>
    Array.from({ length: n }, (_, i) => ({
      type: 'TlsHello',
      record: tlsHello('192.0.2.9', T0 + 60 * i * SECOND, { random: random(i) }),
    }))

  test('of 31 bits a word are called a pattern by the tenth', () => {
    const score = lastScore(newFold(), hellos(10, weak), 'ip:192.0.2.9#tls')
    const [worst] = score.contributions
    expect(worst).toMatchObject({
      feature: 't_rand_bits',
      text: 'its client randoms follow a pattern',
    })
    // log10 of the e-value: one in a million at least.
    expect(worst?.value).toBeGreaterThan(6)
  })

  test('that are good stay unsaid over a thousand connections', () => {
    const good = (i: number): Uint8Array => createHash('sha256').update(`good ${i}`).digest()
    const score = lastScore(newFold(), hellos(1_000, good), 'ip:192.0.2.9#tls')
    expect(score.contributions.map(({ feature }) => feature)).not.toContain('t_rand_bits')
  })
})

describe('a name that does not exist', () => {
  const invalid = { result: 'failed', user: 'alcie', userExists: false } as const
  const evidenceOf = (records: readonly AnyRecord[]): number =>
    lastScore(newFold(), records, 'ip:192.0.2.9#ssh').evidence

  test('is one mistake while ssh asks three times for its password', () => {
    expect(evidenceOf(attempts(3, { ...invalid, clientPort: 4000 }))).toBeCloseTo(5.4, 2)
  })

  test('counts anew on every connection, and from the fourth password on', () => {
    expect(evidenceOf(attempts(2, invalid))).toBeCloseTo(9.4, 2)
    expect(evidenceOf(attempts(4, { ...invalid, clientPort: 4000 }))).toBeCloseTo(10.1, 2)
  })
})

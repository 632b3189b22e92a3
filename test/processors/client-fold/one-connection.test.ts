import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { ClientFold } from '../../../processors/client-fold/client-fold.ts'
import { Lists } from '../../../processors/client-fold/lists.ts'
import { type Score, type SshAuthAttempt } from '../../../schemas/generated/records.ts'
import { SECOND, sshAttempt, sshConnection, sshSession, T0 } from '../records.ts'

const CLIENT = '192.0.2.1'
const IP = `ip:${CLIENT}#ssh`
const PAIR = `ip-fp:${CLIENT}|00000000000000000000000000000001#ssh`
const FAILED = 1.57

function scoresOf(records: readonly AnyRecord[]): Map<string, Score> {
  const knowledge = { population: new PopulationTable(), lists: new Lists() }
  const fold = new ClientFold(knowledge, { clients: 100, pairs: 100 })
  const scores = new Map<string, Score>()
  for (const record of records) {
    for (const output of fold.step(record)) {
      if (output.kind !== 'record' || output.type !== 'Score') continue
      scores.set(output.record.entity, output.record)
    }
  }
  return scores
}

function greeting(port: number, at = T0): AnyRecord {
  return { type: 'SshConnection', record: sshConnection(CLIENT, at, { clientPort: port }) }
}

function end(
  port: number,
  fields: Parameters<typeof sshSession>[2] = { result: 'not-authenticated', attempts: 2 },
  at = T0 + SECOND,
): AnyRecord {
  return {
    type: 'SshSession',
    record: sshSession(CLIENT, at, { clientPort: port, durationMs: 1000, ...fields }),
  }
}

function logged(port: number, fields: Partial<SshAuthAttempt> = {}): AnyRecord {
  const record = sshAttempt(CLIENT, T0 + SECOND / 2, { clientPort: port, ...fields })
  return { type: 'SshAuthAttempt', record }
}

const LEFT = { result: 'no-authentication' } as const
const CLOSED = { result: 'closed-before', user: null, userExists: null, method: 'unknown' } as const

describe('packets and log of one connection', () => {
  test('the log counts, whatever the packets say after it', () => {
    const scores = scoresOf([greeting(4000), logged(4000), logged(4000), end(4000)])
    expect(scores.get(IP)?.evidence).toBeCloseTo(2 * FAILED, 2)
    expect(scores.get(PAIR)?.evidence).toBeCloseTo(2 * FAILED, 2)
  })

  test('the log takes the place of what the packets said before it', () => {
    const scores = scoresOf([greeting(4000), end(4000), logged(4000)])
    expect(scores.get(IP)?.evidence).toBeCloseTo(FAILED, 2)
    expect(scores.get(PAIR)?.evidence).toBeCloseTo(FAILED, 2)
    const [first] = scores.get(IP)?.contributions ?? []
    expect(first).toMatchObject({ feature: 's_fail', value: 1 })
    expect(scores.get(IP)?.attempts).toBeCloseTo(1, 3)
  })

  test('a login in the log clears what the packets held for a failure', () => {
    const scores = scoresOf([greeting(4000), end(4000), logged(4000, { result: 'accepted' })])
    expect(scores.get(IP)?.value).toBe(5)
  })

  test('leaving without an attempt counts once, told by both', () => {
    for (const records of [
      [greeting(4000), end(4000, LEFT), logged(4000, CLOSED)],
      [greeting(4000), logged(4000, CLOSED), end(4000, LEFT)],
    ]) {
      expect(scoresOf(records).get(IP)?.evidence).toBeCloseTo(2.71, 2)
    }
  })

  test('a name the log tells is an attempt, though the packets saw none', () => {
    const scores = scoresOf([
      greeting(4000),
      end(4000, LEFT),
      logged(4000, { userExists: false }),
      greeting(4001),
      end(4001, LEFT),
    ])
    expect(scores.get(IP)?.evidence).toBeCloseTo(4.7 + 2.71, 1)
  })

  test('a log that knows of a close only does not wipe out inferred attempts, in either order', () => {
    const three = { result: 'not-authenticated', attempts: 3 } as const
    for (const records of [
      [greeting(4000), end(4000, three), logged(4000, CLOSED)],
      [greeting(4000), logged(4000, CLOSED), end(4000, three)],
    ]) {
      const score = scoresOf(records).get(IP)
      expect(score?.evidence).toBeCloseTo(3 * 0.9 * FAILED, 2)
      expect(score?.contributions[0]).toMatchObject({ feature: 's_fail', value: 3 })
    }
  })

  test('the fingerprint of a connection whose log came first hears of it from the packets', () => {
    const scores = scoresOf([logged(4000), logged(4000), greeting(4000), end(4000)])
    expect(scores.get(IP)?.evidence).toBeCloseTo(2 * FAILED, 2)
    expect(scores.get(PAIR)?.evidence).toBeCloseTo(2 * 0.9 * FAILED, 2)
  })

  test('another connection on the same port is another one', () => {
    const later = T0 + 60 * SECOND
    const scores = scoresOf([
      greeting(4000),
      logged(4000),
      end(4000),
      greeting(4000, later),
      end(4000, { result: 'not-authenticated', attempts: 1, confidence: 1 }, later + SECOND),
    ])
    expect(scores.get(IP)?.evidence).toBeCloseTo(2 * FAILED, 2)
  })

  test('sixteen connections at once are told apart, whatever the order', () => {
    const ports = Array.from({ length: 16 }, (_, i) => 4000 + i)
    const last = logged(5000, { user: 'mallory', userExists: false })
    const told = ports.flatMap((port) => [end(port), logged(port, { result: 'accepted' })])
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: 32 }), (records) => {
        const greetings = ports.map((port) => greeting(port))
        const score = scoresOf([...greetings, ...records, last]).get(IP)
        expect(score?.contributions.map(({ feature }) => feature)).not.toContain('s_fail')
      }),
      { numRuns: 30 },
    )
  })

  test('four guesses count four times, whatever the order', () => {
    const ports = [4000, 4001, 4002, 4003]
    const last = logged(5000, { userExists: false })
    const told = ports.flatMap((port) => [end(port), logged(port)])
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: 8 }), (records) => {
        const greetings = ports.map((port) => greeting(port))
        const score = scoresOf([...greetings, ...records, last]).get(IP)
        expect(score?.evidence).toBeCloseTo(4 * FAILED + 4.7, 1)
      }),
      { numRuns: 30 },
    )
  })
})

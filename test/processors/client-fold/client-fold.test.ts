import { describe, expect, test } from '@jest/globals'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { ClientFold } from '../../../processors/client-fold/client-fold.ts'
import { type FoldOutput } from '../../../processors/client-fold/fold-output.ts'
import { Lists } from '../../../processors/client-fold/lists.ts'
import { type Control, type Score, type Sighting } from '../../../schemas/generated/records.ts'
import { bytesOf, loadAll } from '../saved.ts'
import {
  nonce,
  outcome,
  SECOND,
  sshAttempt,
  sshConnection,
  sshSession,
  T0,
  tlsHandshake,
  tlsHello,
} from '../records.ts'

const HOUR = 3600 * SECOND

function newFold(limits = { clients: 1000, pairs: 1000 }) {
  const lists = new Lists()
  return { lists, fold: new ClientFold({ population: new PopulationTable(), lists }, limits) }
}

/** Runs records through a new fold; the newest score of each entity. */
function scoresOf(records: readonly AnyRecord[], fold = newFold().fold): Map<string, Score> {
  return newest(records.flatMap((record) => fold.step(record)))
}

function newest(outputs: readonly FoldOutput[]): Map<string, Score> {
  const scores = new Map<string, Score>()
  for (const output of outputs) {
    if (output.kind === 'record' && output.type === 'Score') {
      scores.set(output.record.entity, output.record)
    }
  }
  return scores
}

function sightings(outputs: readonly FoldOutput[]): Sighting[] {
  return outputs.flatMap((output) =>
    output.kind === 'record' && output.type === 'Sighting' ? [output.record] : [],
  )
}

function hello(client: string, at: number, fields: Parameters<typeof tlsHello>[2] = {}): AnyRecord {
  return { type: 'TlsHello', record: tlsHello(client, at, fields) }
}

function attempt(
  client: string,
  at: number,
  fields: Parameters<typeof sshAttempt>[2] = {},
): AnyRecord {
  return { type: 'SshAuthAttempt', record: sshAttempt(client, at, fields) }
}

describe('a new installation', () => {
  test('suspects no ordinary TLS client', () => {
    const records = [0, 1, 2, 3, 4].flatMap((i): AnyRecord[] => [
      hello('192.0.2.1', T0 + i * SECOND),
      { type: 'TlsHandshake', record: tlsHandshake('192.0.2.1', T0 + i * SECOND + 9000) },
    ])
    const scores = scoresOf(records)
    expect([...scores.keys()]).toEqual([
      'ip:192.0.2.1#tls',
      'ip-fp:192.0.2.1|t13d0508h2_example#tls',
    ])
    expect([...scores.values()].map(({ value, band }) => [value, band])).toEqual([
      [0, 'low'],
      [0, 'low'],
    ])
  })

  test('suspects no ordinary SSH client', () => {
    const scores = scoresOf([
      { type: 'SshConnection', record: sshConnection('192.0.2.1', T0) },
      attempt('192.0.2.1', T0 + SECOND, { result: 'accepted', method: 'publickey' }),
      { type: 'SshSession', record: sshSession('192.0.2.1', T0 + 9 * SECOND) },
    ])
    expect(scores.get('ip:192.0.2.1#ssh')).toMatchObject({ value: 5, band: 'low' })
  })
})

describe('hostile tools', () => {
  test('a scanner that changes its fingerprint and repeats its random is suspected', () => {
    const scan = Array.from({ length: 12 }, (_, i) =>
      hello('192.0.2.66', T0 + i * 20_000, {
        stableKey: `t12d${i}`,
        random: nonce(i < 6 ? 1 : 2),
        cipherSuites: [i],
      }),
    )
    const score = scoresOf(scan).get('ip:192.0.2.66#tls')
    expect(score?.band).toBe('critical')
    expect(score?.contributions[0]?.feature).toBe('t_rand_dup')
    expect(score?.families).toContain('randomness')
  })

  test('guessing invalid names alarms at the second attempt', () => {
    const fold = newFold().fold
    const guess = (i: number) => attempt('192.0.2.66', T0 + i * SECOND, { userExists: false })
    expect(scoresOf([guess(0)], fold).get('ip:192.0.2.66#ssh')?.band).toBe('medium')
    expect(scoresOf([guess(1)], fold).get('ip:192.0.2.66#ssh')?.band).toBe('high')
  })

  test('forty failures are told as about forty, though the score was at its end before', () => {
    const guesses = Array.from({ length: 40 }, (_, i) => attempt('192.0.2.66', T0 + i * SECOND))
    const contributions = scoresOf(guesses).get('ip:192.0.2.66#ssh')?.contributions
    expect(contributions?.[0]).toMatchObject({ feature: 's_fail', unit: 'attempts' })
    // Published at each quarter more; so the newest score is that of the 32nd to the 40th.
    expect(contributions?.[0]?.value).toBeGreaterThanOrEqual(32)
  })

  test('several programs from one address within a minute are told as such', () => {
    const greet = (i: number): AnyRecord => ({
      type: 'SshConnection',
      record: sshConnection('192.0.2.66', T0 + i * SECOND, { hassh: `${i}`.padStart(32, '0') }),
    })
    const score = scoresOf([greet(1), greet(2), greet(3)]).get('ip:192.0.2.66#ssh')
    const [first] = score?.contributions ?? []
    expect(first).toMatchObject({
      feature: 's_hassh_churn',
      value: 3,
      unit: 'fingerprints in 1 min',
    })
    expect(first?.nats).toBeCloseTo(2.31, 2)
  })

  test('password guessing inferred from packets alone is suspected', () => {
    const records = [0, 1, 2].map((i): AnyRecord => {
      const fields = { result: 'not-authenticated', attempts: 4 } as const
      return { type: 'SshSession', record: sshSession('192.0.2.66', T0 + i * SECOND, fields) }
    })
    expect(scoresOf(records).get('ip:192.0.2.66#ssh')?.value).toBeGreaterThanOrEqual(70)
  })
})

describe('what is no evidence', () => {
  test('twenty connections of a deployment in ten seconds', () => {
    const records = Array.from({ length: 20 }, (_, i): AnyRecord => {
      return { type: 'SshConnection', record: sshConnection('192.0.2.1', T0 + (i * SECOND) / 2) }
    })
    expect(scoresOf(records).get('ip:192.0.2.1#ssh')?.value).toBe(5)
  })

  test('a burst of a client that logged in today', () => {
    const records = Array.from({ length: 100 }, (_, i): AnyRecord => {
      return { type: 'SshConnection', record: sshConnection('192.0.2.1', T0 + SECOND + i * 50_000) }
    })
    const login = attempt('192.0.2.1', T0, { result: 'accepted' })
    expect(scoresOf([login, ...records]).get('ip:192.0.2.1#ssh')?.value).toBe(5)
  })

  test('a password mistyped once or twice before it is right, which weighs 0.35 each', () => {
    const fold = newFold().fold
    const scores = scoresOf(
      [
        attempt('192.0.2.1', T0),
        attempt('192.0.2.1', T0 + SECOND),
        attempt('192.0.2.1', T0 + 2 * SECOND, { result: 'accepted' }),
      ],
      fold,
    )
    const score = scores.get('ip:192.0.2.1#ssh')
    expect(score?.evidence).toBeCloseTo(0.7, 2)
    expect(score?.contributions[0]).toMatchObject({ feature: 's_fail_known', value: 2 })
  })

  test('the answer to a HelloRetryRequest repeats the random as it must', () => {
    const first = tlsHello('192.0.2.1', T0)
    const again = { ...tlsHello('192.0.2.1', T0 + 1000), random: first.random }
    const scores = scoresOf([
      { type: 'TlsHello', record: first },
      {
        type: 'TlsHello',
        record: { ...again, clientPort: first.clientPort, ordinal: 1, answersRetry: true },
      },
    ])
    expect(scores.get('ip:192.0.2.1#tls')?.value).toBe(0)
  })

  test('the same event twice counts once', () => {
    const event = attempt('192.0.2.1', T0, { userExists: false })
    const { fold } = newFold()
    fold.step(event)
    expect(fold.step(event)).toEqual([])
    expect(fold.unmoved.get('duplicate')).toBe(1)
  })

  test('an unproven hello frames nobody and tells the population once', () => {
    const { fold } = newFold()
    const forged = [0, 1, 2].map((i) =>
      hello('192.0.2.1', T0 + i, { handshakeProven: false, random: nonce(1) }),
    )
    const outputs = forged.flatMap((record) => fold.step(record))
    expect(newest(outputs).size).toBe(0)
    expect(sightings(outputs).map(({ proven, verdict }) => [proven, verdict])).toEqual([
      [false, 'seen'],
    ])
    expect(fold.sizes.clients).toBe(0)
  })

  test('a late event moves nothing and is counted', () => {
    const { fold } = newFold()
    fold.step(hello('192.0.2.1', T0 + HOUR))
    expect(fold.step(attempt('192.0.2.2', T0, { userExists: false }))).toEqual([])
    expect(fold.unmoved.get('late')).toBe(1)
  })

  test('an allowed network is not scored', () => {
    const { fold, lists } = newFold()
    lists.apply(control('allow', '192.0.2.0/24'))
    expect(fold.step(attempt('192.0.2.1', T0, { userExists: false }))).toEqual([])
    lists.apply({ ...control('allow', '192.0.2.0/24'), deleted: true })
    expect(fold.step(attempt('192.0.2.1', T0, { userExists: false }))).not.toEqual([])
  })
})

describe('a batch that is appended again', () => {
  const batch = Array.from({ length: 500 }, (_, i) =>
    attempt('192.0.2.1', T0 + i * (SECOND / 2), { userExists: i % 3 > 0, user: `u${i % 50}` }),
  )

  test('changes nothing, though it is 500 events of one client', () => {
    const { fold } = newFold()
    const once = scoresOf(batch, fold)
    expect(batch.flatMap((event) => fold.step(event))).toEqual([])
    expect(fold.unmoved.get('duplicate')).toBe(500)
    const next = attempt('192.0.2.1', T0 + 600 * SECOND, { userExists: false })
    const undisturbed = newFold().fold
    for (const event of batch) undisturbed.step(event)
    expect(newest(fold.step(next))).toEqual(newest(undisturbed.step(next)))
    expect(once.get('ip:192.0.2.1#ssh')?.band).not.toBe('low')
  })

  test('changes nothing after a snapshot either', () => {
    const { fold } = newFold()
    for (const event of batch) fold.step(event)
    const twin = newFold().fold
    loadAll(twin.load(), bytesOf(fold.save()))
    expect(batch.flatMap((event) => twin.step(event))).toEqual([])
  })

  test("changes nothing 70,000 events of others later, where it is among its client's newest", () => {
    const { fold } = newFold({ clients: 100_000, pairs: 10 })
    const few = batch.slice(0, 8)
    for (const event of few) fold.step(event)
    for (let i = 0; i < 70_000; i += 1) {
      fold.step({
        type: 'SshAuthAttempt',
        record: sshAttempt(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, T0 + 9 * SECOND),
      })
    }
    expect(
      few.flatMap((event) => fold.step(event).filter(({ kind }) => kind === 'record')),
    ).toEqual([])
  })
})

describe('clocks', () => {
  test('a time 20 s ahead is brought back and an alert tells of it', () => {
    const outputs = newFold().fold.step(hello('192.0.2.1', T0 + 20 * SECOND, { ingestedAt: T0 }))
    expect(outputs[0]).toMatchObject({ type: 'Alert', record: { kind: 'clock' } })
    expect(newest(outputs).get('ip:192.0.2.1#tls')?.asOf).toBe(T0)
  })

  test('a time more than 5 minutes ahead goes to the dead letters', () => {
    const outputs = newFold().fold.step(hello('192.0.2.1', T0 + 301 * SECOND, { ingestedAt: T0 }))
    expect(outputs.map((output) => (output.kind === 'record' ? output.type : ''))).toEqual([
      'DeadLetter',
      'Alert',
    ])
  })

  test("a sensor's whole machine is ahead: the log's clock tells, and one alert an hour is enough", () => {
    const { fold } = newFold()
    const arrived = T0 / 1000
    const types = (ahead: number, atMs: number): string[] => {
      const at = 1000 * atMs + ahead * SECOND
      const outputs = fold.step(hello('192.0.2.1', at, { ingestedAt: at }), atMs)
      return outputs.flatMap((output) => (output.kind === 'record' ? [output.type] : []))
    }
    expect(types(301, arrived)).toEqual(['DeadLetter', 'Alert'])
    expect(types(301, arrived + 1_000)).toEqual(['DeadLetter'])
    expect(types(301, arrived + 3_600_000)).toEqual(['DeadLetter', 'Alert'])
    expect(types(4, arrived + 3_700_000)).not.toContain('Alert')
    expect(types(20, arrived + 7_300_000)).toContain('Alert')
  })
})

describe('what lowers risk', () => {
  test('waiting halves evidence in 72 hours and proof takes off 2.89 nats', () => {
    const { fold } = newFold()
    scoresOf([attempt('192.0.2.1', T0, { userExists: false })], fold)
    const waited = scoresOf([attempt('192.0.2.1', T0 + 72 * HOUR, { userExists: false })], fold)
    expect(waited.get('ip:192.0.2.1#ssh')?.evidence).toBeCloseTo(4.7 * 1.5, 4)
    const accepted = { result: 'accepted', method: 'publickey' } as const
    const proved = scoresOf([attempt('192.0.2.1', T0 + 72 * HOUR, accepted)], fold)
    expect(proved.get('ip:192.0.2.1#ssh')?.evidence).toBeCloseTo(4.7 * 1.5 - 2.89, 2)
  })

  test('the first password that works does not absolve a guesser', () => {
    const { fold } = newFold()
    scoresOf([attempt('192.0.2.1', T0, { userExists: false })], fold)
    scoresOf([attempt('192.0.2.1', T0 + SECOND, { userExists: false })], fold)
    const after = scoresOf([attempt('192.0.2.1', T0 + 2 * SECOND, { result: 'accepted' })], fold)
    expect(after.get('ip:192.0.2.1#ssh')?.evidence).toBeCloseTo(9.4, 2)
  })

  test('repeated randoms are not bought off by a verified certificate', () => {
    const { fold } = newFold()
    scoresOf(
      [0, 1].map((i) => hello('192.0.2.1', T0 + i, { random: nonce(5) })),
      fold,
    )
    const verified = tlsHandshake('192.0.2.1', T0 + 9, { clientCertificate: 'verified' })
    scoresOf([{ type: 'TlsHandshake', record: verified }], fold)
    const next = scoresOf([hello('192.0.2.1', T0 + 24 * HOUR)], fold)
    expect(next.get('ip:192.0.2.1#tls')?.evidence).toBeCloseTo(4.7 / 16, 3)
  })

  test('an operator who says false positive resets the client and its fingerprint', () => {
    const { fold } = newFold()
    scoresOf(
      [0, 1, 2].map((i) => hello('192.0.2.1', T0 + i, { random: nonce(5) })),
      fold,
    )
    const word = outcome('192.0.2.1', T0 + SECOND, {
      result: 'false-positive',
      fingerprint: 't13d0508h2_example',
    })
    const scores = scoresOf([{ type: 'Outcome', record: word }], fold)
    expect([...scores.values()].map(({ value }) => value)).toEqual([0, 0])
  })

  test('erasure forgets the client and withdraws its scores', () => {
    const { fold } = newFold()
    fold.step(hello('192.0.2.1', T0))
    const withdrawn = { kind: 'withdraw', topic: 'scores', atMs: 5 }
    expect(fold.erase('192.0.2.1', 5)).toEqual([
      { ...withdrawn, key: 'ip:192.0.2.1#tls' },
      { ...withdrawn, key: 'ip-fp:192.0.2.1|t13d0508h2_example#tls' },
    ])
    expect(fold.sizes).toMatchObject({ clients: 0, pairs: 0 })
  })
})

describe('joins', () => {
  test('a logged attempt is put to the fingerprint of the connection with its port', () => {
    const connection = sshConnection('192.0.2.1', T0)
    const scores = scoresOf([
      { type: 'SshConnection', record: connection },
      attempt('192.0.2.1', T0 + SECOND, { userExists: false, clientPort: connection.clientPort }),
    ])
    const pair = scores.get('ip-fp:192.0.2.1|00000000000000000000000000000001#ssh')
    expect(pair?.evidence).toBeCloseTo(4.7, 4)
  })

  test('what a log without ports told is not counted again from the packets', () => {
    const scores = scoresOf([
      attempt('192.0.2.1', T0 + SECOND, { clientPort: 0 }),
      {
        type: 'SshSession',
        record: sshSession('192.0.2.1', T0 + 2 * SECOND, {
          result: 'not-authenticated',
          durationMs: 2000,
        }),
      },
    ])
    expect(scores.get('ip:192.0.2.1#ssh')?.evidence).toBeCloseTo(1.57, 2)
  })
})

describe('memory', () => {
  test('a flood of new sources evicts no client that logged in', () => {
    const { fold } = newFold({ clients: 10, pairs: 10 })
    fold.step(attempt('192.0.2.1', T0, { result: 'accepted' }))
    for (let i = 0; i < 500; i += 1) {
      const client = `198.51.${Math.floor(i / 250)}.${i % 250}`
      fold.step({ type: 'SshConnection', record: sshConnection(client, T0 + i) })
    }
    const again = scoresOf([attempt('192.0.2.1', T0 + SECOND, { userExists: false })], fold)
    expect(again.get('ip:192.0.2.1#ssh')?.lastSuccessAt).toBe(T0)
    expect(fold.sizes.clients).toBe(10)
  })

  test('the same snapshot and the same records give the same outputs, byte for byte', () => {
    const codec = singleObjectCodec()
    const { fold } = newFold({ clients: 20, pairs: 20 })
    const records = Array.from({ length: 200 }, (_, i) =>
      hello(`192.0.2.${i % 40}`, T0 + i * SECOND, {
        stableKey: `k${i % 7}`,
        random: nonce(i % 50),
      }),
    )
    for (const record of records.slice(0, 100)) fold.step(record)
    const twin = newFold({ clients: 20, pairs: 20 }).fold
    loadAll(twin.load(), bytesOf(fold.save()))
    const bytes = (outputs: readonly FoldOutput[]): string[] =>
      outputs.map((output) =>
        output.kind === 'record'
          ? Buffer.from(codec.encode(output.type, output.record as never)).toString('hex')
          : output.key,
      )
    const rest = records.slice(100)
    expect(bytes(rest.flatMap((r) => twin.step(r)))).toEqual(
      bytes(rest.flatMap((r) => fold.step(r))),
    )
    // The twin names what it has not changed; what it wrote is what the other wrote.
    const whole = new Map([...fold.save()].map((part) => [part.name, part]))
    for (const part of twin.save()) {
      if (part.kind === 'bytes' && whole.get(part.name)?.kind === 'bytes') {
        expect(part).toEqual(whole.get(part.name))
      }
    }
  })
})

function control(kind: Control['kind'], id: string): Control {
  return {
    eventId: new Uint8Array(16),
    observedAt: T0,
    ingestedAt: T0,
    sensor: 'test',
    site: 'here',
    kind,
    id,
    deleted: false,
    body: '{}',
    actor: 'me',
    reason: '',
  }
}

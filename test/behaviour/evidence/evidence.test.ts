import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { connectionRate } from '../../../behaviour/evidence/connection-rate.ts'
import { fingerprintChurn } from '../../../behaviour/evidence/fingerprint-churn.ts'
import { fingerprintRarity } from '../../../behaviour/evidence/fingerprint-rarity.ts'
import { fingerprintReputation } from '../../../behaviour/evidence/fingerprint-reputation.ts'
import { handshakeFailure } from '../../../behaviour/evidence/handshake-failure.ts'
import { hasshChurn } from '../../../behaviour/evidence/hassh-churn.ts'
import { noAuthentication } from '../../../behaviour/evidence/no-authentication.ts'
import { nonceBytes } from '../../../behaviour/evidence/nonce-bytes.ts'
import { attemptEvidence, SUCCEEDED } from '../../../behaviour/evidence/ssh-attempt.ts'
import { weakCiphers } from '../../../behaviour/evidence/weak-ciphers.ts'
import { EMPTY_POPULATION, type PopulationView } from '../../../behaviour/population-view.ts'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { type Population } from '../../../schemas/generated/records.ts'

function row(kind: Population['kind'], key: string, fields: Partial<Population>): Population {
  return {
    eventId: new Uint8Array(16),
    observedAt: 0,
    ingestedAt: 0,
    sensor: '',
    site: '',
    kind,
    key,
    protocol: 'tls',
    weight: 0,
    fastWeight: 0,
    total: 0,
    distinct: 0,
    hostile: 0,
    trusted: 0,
    asOf: 0,
    quantiles: [],
    ...fields,
  }
}

function view(...rows: readonly Population[]): PopulationView {
  const table = new PopulationTable()
  for (const one of rows) table.apply(one)
  return table
}

describe('attempts', () => {
  const attempt = {
    result: 'failed',
    userExists: true,
    decoy: false,
    earlierSuccesses: 0,
    retyped: false,
    newForUser: false,
  } as const

  test('weigh as the table of behaviour-models 4.5 says', () => {
    const nats = (facts: Partial<Parameters<typeof attemptEvidence>[0]>): number[] =>
      attemptEvidence({ ...attempt, ...facts }).map((one) => Number(one.nats.toFixed(2)))
    expect(nats({})).toEqual([1.57])
    expect(nats({ userExists: null })).toEqual([1.57])
    expect(nats({ userExists: false })).toEqual([4.7])
    expect(nats({ earlierSuccesses: 3 })).toEqual([0.35])
    expect(nats({ userExists: false, retyped: true })).toEqual([0.35])
    expect(nats({ retyped: true })).toEqual([1.57])
    expect(nats({ decoy: true, userExists: false })).toEqual([4.6, 4.7])
    expect(nats({ result: 'accepted' })).toEqual([-2.89])
    expect(nats({ result: 'accepted', newForUser: true })).toEqual([])
    expect(SUCCEEDED).toBeCloseTo(-2.89, 2)
  })
})

test('leaving without trying weighs 2.71 once and 0.5 within ten minutes', () => {
  expect([undefined, 1000, 600_000, 600_001].map((ms) => noAuthentication(ms).toFixed(2))).toEqual([
    '2.71',
    '0.50',
    '0.50',
    '0.00',
  ])
})

test('the third failed handshake of a minute weighs nothing', () => {
  expect([0, 1, 2, 9].map((before) => handshakeFailure(before).toFixed(2))).toEqual([
    '2.48',
    '2.48',
    '0.00',
    '0.00',
  ])
})

describe('churn', () => {
  test('weighs 0.7 for each new fingerprint of a scanner and nothing for an office', () => {
    expect(fingerprintChurn(3, 3)).toBe(0)
    expect(fingerprintChurn(100, 100)).toBe(0.7)
    expect(fingerprintChurn(20, 400)).toBe(0)
  })

  test('stays within 0 and 0.7', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), (distinct, connections) => {
        const nats = fingerprintChurn(distinct, connections)
        expect(nats >= 0 && nats <= 0.7).toBe(true)
      }),
    )
  })
})

test('a second program within the minute weighs 1.61, where somebody logged in a fourth weighs 0.7', () => {
  expect([1, 2, 3, 4].map((n) => Number(hasshChurn(n, false).toFixed(2)))).toEqual([
    0, 1.61, 0.7, 0.7,
  ])
  expect([1, 2, 3, 4].map((n) => Number(hasshChurn(n, true).toFixed(2)))).toEqual([0, 0, 0, 0.7])
})

test('a page load is no burst, and rate alone never weighs more than 2 nats', () => {
  expect(connectionRate('tls', 25)).toBe(0)
  expect(connectionRate('ssh', 20)).toBe(0)
  expect(connectionRate('ssh', 40)).toBe(1)
  expect(connectionRate('ssh', 1e6)).toBe(2)
})

describe('rarity', () => {
  const all = (total: number) => row('global', 'tls', { total, distinct: 100 })

  test('is absent in a young population', () => {
    expect(fingerprintRarity('tls', 'x', EMPTY_POPULATION)).toEqual([])
    expect(fingerprintRarity('tls', 'x', view(all(1_999)))).toEqual([])
  })

  test('of a value never seen is small evidence that grows with history', () => {
    const nats = (total: number): number =>
      fingerprintRarity('tls', 'x', view(all(total)))[0]?.nats ?? 0
    expect(nats(2_000)).toBeGreaterThan(0)
    expect(nats(100_000)).toBeGreaterThan(nats(2_000))
    expect(nats(1e9)).toBe(2)
  })

  test('is no evidence for what is common, or spreads through the population now', () => {
    expect(
      fingerprintRarity('tls', 'x', view(all(5_000), row('fp', 'x', { weight: 900 }))),
    ).toEqual([])
    const wave = row('fp', 'x', { weight: 6, fastWeight: 6 })
    expect(fingerprintRarity('tls', 'x', view(all(1e6), wave))).toEqual([])
  })
})

describe('reputation', () => {
  const all = row('global', 'tls', { total: 5_000, hostile: 100, trusted: 4_000 })

  test('of what only hostile clients showed is +4 at most', () => {
    const bad = row('fp', 'x', { hostile: 60, trusted: 0 })
    expect(fingerprintReputation('tls', 'x', view(all, bad))[0]?.nats).toBe(4)
  })

  test('of what trusted clients showed is -2 at least', () => {
    const good = row('fp', 'x', { hostile: 0, trusted: 2_000 })
    expect(fingerprintReputation('tls', 'x', view(all, good))[0]?.nats).toBe(-2)
  })

  test('is absent where nothing is known', () => {
    expect(fingerprintReputation('tls', 'x', view(all))).toEqual([])
    expect(fingerprintReputation('tls', 'x', view(row('fp', 'x', { hostile: 3 })))).toEqual([])
  })
})

describe('bytes that should be random', () => {
  test('text, zeros and a repeated byte are seen in a single value', () => {
    const text = Buffer.from('abcdefghijklmnopqrstuvwxyz012345')
    const zeros = Buffer.concat([
      Buffer.alloc(16),
      Buffer.from(text.subarray(0, 16)).map((b) => b ^ 0xf3),
    ])
    for (const value of [text, zeros, Buffer.alloc(32, 0xaa)]) {
      expect(nonceBytes('t_rand_bytes', value)[0]?.nats).toBeGreaterThan(3)
    }
  })

  test('random bytes are not suspected', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(), (seed, k) => {
        // fast-check prefers small values; a keyed shuffle makes them uniform again.
        const value = seed.map(
          (byte, i) => (Math.imul(byte + 256 * i + k, 0x9e3779b1) >>> 13) & 0xff,
        )
        expect((nonceBytes('t_rand_bytes', value)[0]?.nats ?? 0) <= 4.7).toBe(true)
      }),
    )
  })
})

test('an offer of broken ciphers weighs up to 1.2 nats, a browser nothing', () => {
  expect(weakCiphers([0x1301, 0x1302, 0xc02b, 0xc02f, 0x002f, 0x000a])).toEqual([])
  expect(weakCiphers([0x0004, 0x0005, 0x000a])[0]?.nats).toBe(1.2)
  expect(weakCiphers([])).toEqual([])
})

import { describe, expect, test } from '@jest/globals'
import { decideHandshake } from '../../../routing-api/decisions/decide-handshake.ts'
import { ownThreshold } from '../../../routing-api/decisions/own-threshold.ts'
import { asked, evidence, FP, NOW, score, view } from './fixtures.ts'

const IP = 'ip:192.0.2.1#tls'
const HOUR = 3_600_000
const half = (): number => 0.5
/** Evidence that maps to a TLS score, below 0.75. */
const natsOf = (value: number): number => (value / 0.75) * 6.9

/** The pool of a client whose score is now at `value` and was at `peak` lately. */
function poolAt(value: number, peak: number, policy: object = {}): string {
  const scores = [score(IP, natsOf(value), { value, peak })]
  return decideHandshake(asked(), view({ scores, policy }), half).pool
}

describe('a client does not flap at the threshold', () => {
  test.each([
    ['under it, and never over', 0.7, 0.7, 'primary'],
    ['over it', 0.76, 0.76, 'mitigation'],
    ['under it again, but not by enough', 0.7, 0.8, 'mitigation'],
    ['just at the end of the margin', 0.651, 0.8, 'mitigation'],
    ['under it by enough', 0.64, 0.8, 'primary'],
    ['the peak was under it as well', 0.7, 0.74, 'primary'],
  ])('%s: %d after %d', (_name, value, peak, pool) => {
    expect(poolAt(value, peak, { tls: { spread: 0 } })).toBe(pool)
  })

  test('a score that swings by less than the margin moves its client once', () => {
    const pools: string[] = []
    let peak = 0
    for (let i = 0; i < 40; i += 1) {
      const value = i % 2 === 0 ? 0.79 : 0.71
      peak = Math.max(value, peak * 0.999)
      pools.push(poolAt(value, peak, { tls: { spread: 0 } }))
    }
    const moves = pools.filter((pool, i) => i > 0 && pool !== pools[i - 1])
    expect([pools[0], moves.length]).toEqual(['mitigation', 0])
  })

  test('who waits falls out of the margin by decay, and the reason says what holds it till then', () => {
    const at = (hours: number): { pool: string; codes: string[] } => {
      const known = score(IP, natsOf(0.749), {
        ...{ value: 0.749, peak: 0.8, asOfMs: NOW - hours * HOUR },
        ...{ halfLifeMs: 10 * HOUR, validUntilMs: NOW + HOUR },
      })
      const answer = decideHandshake(asked(), view({ scores: [known] }), half)
      return { pool: answer.pool, codes: answer.reasons.map(({ code }) => code) }
    }
    expect(at(0.5)).toMatchObject({ pool: 'mitigation' })
    expect(at(0.5).codes).toContain('hysteresis')
    expect(at(4).pool).toBe('primary')
  })
})

describe('thresholds are spread, so that probing does not tell them', () => {
  const spread = { width: 0.1, epochMs: 6 * HOUR, key: 'k' }

  test('the same client has the same one however often it asks within its epoch', () => {
    const once = ownThreshold(0.75, '192.0.2.1', 'shop', NOW, spread)
    let changes = 0
    for (let minute = 1; minute < 6 * 60; minute += 1) {
      const now = ownThreshold(0.75, '192.0.2.1', 'shop', NOW + minute * 60_000, spread)
      const before = ownThreshold(0.75, '192.0.2.1', 'shop', NOW + (minute - 1) * 60_000, spread)
      if (now !== before) changes += 1
    }
    expect(changes).toBe(1)
    expect(ownThreshold(0.75, '192.0.2.1', 'shop', NOW, spread)).toBe(once)
  })

  test('clients, listeners and keys have different ones, evenly over the width and never below', () => {
    const drawn = Array.from({ length: 1_000 }, (_, i) =>
      ownThreshold(0.75, `10.0.${i >> 8}.${i & 255}`, 'shop', NOW, spread),
    )
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0.75)
    expect(Math.max(...drawn)).toBeLessThan(0.85)
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length
    expect(Math.abs(mean - 0.8)).toBeLessThan(0.003)
    const others = [
      ownThreshold(0.75, '10.0.0.0', 'mail', NOW, spread),
      ownThreshold(0.75, '10.0.0.0', 'shop', NOW, { ...spread, key: 'other' }),
    ]
    expect(others).not.toContain(drawn[0])
  })

  test('of clients with one score in the band some are moved and some are not, each steadily', () => {
    const policy = { tls: { spread: 0.1, hysteresis: 0 } }
    const poolOf = (ip: number): string => {
      const entity = `ip:192.0.2.${ip}#tls`
      const facts = { address: Uint8Array.of(...Buffer.alloc(10), 255, 255, 192, 0, 2, ip) }
      const scores = [score(entity, 7.36, { value: 0.8 })]
      return decideHandshake(asked(facts), view({ scores, policy }), half).pool
    }
    const first = Array.from({ length: 200 }, (_, i) => poolOf(i))
    expect(Array.from({ length: 200 }, (_, i) => poolOf(i))).toEqual(first)
    const moved = first.filter((pool) => pool === 'mitigation').length
    expect(moved).toBeGreaterThan(70)
    expect(moved).toBeLessThan(130)
  })

  test('outside the band everybody is treated alike', () => {
    expect(poolAt(0.74, 0.74)).toBe('primary')
    const sure = [score(IP, 12)]
    expect(decideHandshake(asked(), view({ scores: sure }), half).pool).toBe('mitigation')
  })
})

describe('what may not move a client does not, wherever the threshold lies', () => {
  const strict = { tls: { threshold: 0.3, spread: 0 } }

  test.each([
    ['an address', score(IP, 5), 'mitigation'],
    ['a shared address', score(IP, 5, { shared: true }), 'primary'],
    ['a shared address that is hardly suspected', score(IP, 2.9, { shared: true }), 'primary'],
    ['client and program on a shared address', score(`ip-fp:192.0.2.1|${FP}#tls`, 5), 'mitigation'],
    ['a network', score('net:192.0.2.0/24#tls', 30), 'primary'],
    ['a fingerprint', score(`fp:${FP}#tls`, 30), 'primary'],
  ])('%s', (_name, known, pool) => {
    expect(decideHandshake(asked(), view({ scores: [known], policy: strict }), half).pool).toBe(
      pool,
    )
  })

  test('a bad hello from a suspected network is judged by itself', () => {
    const inHand = [evidence(4), evidence(4, { feature: 't_malformed', family: 'probe' })]
    const scores = [score('net:192.0.2.0/24#tls', 30)]
    const answer = decideHandshake(asked({ inHand }), view({ scores, policy: strict }), half)
    expect(answer.pool).toBe('mitigation')
  })
})

describe('rules of a name and of a listener', () => {
  const policy = {
    shadow: true,
    tls: {
      spread: 0,
      sni: { 'login.example.org': { threshold: 0.3 }, '*.example.org': { shadow: false } },
    },
    listeners: {
      shop: { threshold: 0.6, sni: { '*.test.example.org': { threshold: 0.2, shadow: false } } },
    },
  }

  test.each([
    ['web', null, 0.75, true],
    ['web', 'example.org', 0.75, true],
    ['web', 'www.example.org', 0.75, false],
    ['web', 'a.b.example.org', 0.75, false],
    ['web', 'LOGIN.example.org', 0.3, true],
    ['shop', null, 0.6, true],
    ['shop', 'login.example.org', 0.6, true],
    ['shop', 'x.test.example.org', 0.2, false],
    ['shop', '__proto__', 0.6, true],
  ])('at %s for %s: %d, shadow %s', (listener, serverName, threshold, shadow) => {
    const answer = decideHandshake({ ...asked(), listener, serverName }, view({ policy }), half)
    expect([answer.threshold, answer.shadow]).toEqual([threshold, shadow])
  })
})

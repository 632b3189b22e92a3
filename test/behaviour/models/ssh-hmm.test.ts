import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  forward,
  gapOf,
  hmmNats,
  hostileShare,
  likeliest,
  SHIPPED,
  type Posterior,
  type SshSymbolKind,
} from '../../../behaviour/models/ssh-hmm.ts'

function after(symbols: readonly (readonly [SshSymbolKind, number | undefined])[]): Posterior {
  let posterior: Posterior | undefined
  for (const [kind, sinceMs] of symbols) posterior = forward(posterior, kind, gapOf(sinceMs))
  if (posterior === undefined) throw new Error('no symbols')
  return posterior
}

const KINDS = ['accepted', 'failed', 'failed-invalid', 'left'] as const

describe('the hidden states of SSH clients', () => {
  test('are reconnaissance after three names that do not exist', () => {
    const posterior = after([
      ['failed-invalid', undefined],
      ['failed-invalid', 2_000],
      ['failed-invalid', 2_000],
    ])
    expect(hostileShare(posterior)).toBeGreaterThan(0.999)
  })

  test('are brute force after a dozen quick failures with one name', () => {
    const burst = Array.from({ length: 12 }, () => ['failed', 1_000] as const)
    expect(likeliest(after(burst)).state).toBe('brute force')
  })

  test('stay interactive through one mistyped password', () => {
    const posterior = after([
      ['failed', undefined],
      ['accepted', 4_000],
      ['accepted', 3_600_000],
    ])
    expect(likeliest(posterior).state).toBe('interactive')
    expect(hmmNats(posterior)).toBeLessThan(0)
  })

  test('are automation where success comes every few minutes', () => {
    const cron = Array.from({ length: 10 }, () => ['accepted', 300_000] as const)
    expect(likeliest(after(cron)).state).toBe('automation')
  })
})

test('the shipped rows sum to one', () => {
  for (const row of SHIPPED.transition) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
  for (const row of SHIPPED.emission) {
    const sum = KINDS.flatMap((kind) => row[kind]).reduce((a, b) => a + b)
    expect(sum).toBeCloseTo(1, 2)
  }
  expect(SHIPPED.initial.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
})

test('gaps begin at ten seconds and ten minutes', () => {
  expect([undefined, 0, 9_999, 10_000, 599_999, 600_000].map(gapOf)).toEqual([2, 0, 0, 1, 1, 2])
})

test('any course of symbols leaves four probabilities', () => {
  const symbol = fc.tuple(fc.constantFrom(...KINDS), fc.integer({ min: 0, max: 1e9 }))
  fc.assert(
    fc.property(fc.array(symbol, { minLength: 1, maxLength: 300 }), (symbols) => {
      const posterior = after(symbols)
      expect(posterior.every((p) => p >= 0 && p <= 1)).toBe(true)
      expect(posterior.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
      const nats = hmmNats(posterior)
      expect(nats >= -3 && nats <= 6).toBe(true)
    }),
  )
})

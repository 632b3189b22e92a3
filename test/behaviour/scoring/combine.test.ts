import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Evidence } from '../../../behaviour/evidence/evidence.ts'
import { featureOf, FEATURE_IDS } from '../../../behaviour/evidence/features.ts'
import { combine, type CombineInput } from '../../../behaviour/scoring/combine.ts'

const DAY_US = 86_400 * 1e6

function evidence(feature: string, nats: number): Evidence {
  const family = featureOf(feature)?.family ?? 'outcomes'
  return {
    feature,
    family,
    nats,
    value: 1,
    unit: 'events',
    baseline: 0,
    oneIn: null,
    text: feature,
  }
}

function judged(items: readonly Evidence[], context: Partial<CombineInput['context']> = {}) {
  return combine({
    protocol: 'ssh',
    priorNats: 0,
    evidence: items,
    context: {
      shared: false,
      clientOnly: true,
      lastSuccessAt: null,
      now: 100 * DAY_US,
      population: 5_000,
      ...context,
    },
  })
}

describe('combine', () => {
  test('turns evidence into a value, its band, and points that explain it', () => {
    const result = judged([evidence('s_fail_inv', 4.7), evidence('s_fail', 1.57)])
    expect(result.value).toBeCloseTo(63.54, 2)
    expect(result).toMatchObject({ band: 'medium', ground: 'assumed', p: null, cap: null })
    expect(result.families).toEqual(['names', 'outcomes'])
    expect(
      result.contributions.map(({ feature, points }) => [feature, Math.round(points)]),
    ).toEqual([
      ['s_fail_inv', 44],
      ['s_fail', 15],
      ['base', 5],
    ])
  })

  test('an unknown client without evidence has the base of the scale', () => {
    expect(judged([])).toMatchObject({ value: 5, band: 'low', evidence: 0, cap: null })
  })

  test('what S holds already of a standing fact is not counted again', () => {
    const first = judged([evidence('s_hassh_rep', 3)])
    const again = combine({
      protocol: 'ssh',
      priorNats: first.evidence,
      priorContributions: first.contributions,
      evidence: [evidence('s_hassh_rep', 3)],
      context: { shared: false, clientOnly: false, lastSuccessAt: null, now: 0, population: 5_000 },
    })
    expect(again.evidence).toBe(3)
  })

  test('evidence in S that nobody explains is shown as history', () => {
    const result = combine({
      protocol: 'ssh',
      priorNats: 7,
      evidence: [],
      context: { shared: false, clientOnly: false, lastSuccessAt: null, now: 0, population: 5_000 },
    })
    expect(result.contributions[0]).toMatchObject({ feature: 'history', nats: 7 })
  })
})

describe('the caps', () => {
  const two = [evidence('s_fail', 9), evidence('s_fail_inv', 9)]

  test('two voices and S of at least 11.5 are needed for critical', () => {
    expect(judged(two)).toMatchObject({ band: 'critical', cap: null })
    expect(judged([evidence('s_fail', 18)])).toMatchObject({ value: 89, cap: 'one-voice' })
    expect(judged([evidence('s_fail', 5), evidence('s_fail_inv', 5)])).toMatchObject({
      value: 89,
      cap: 'one-voice',
    })
  })

  test('a shared address stops below high when only the address speaks', () => {
    expect(judged(two, { shared: true })).toMatchObject({ value: 69, cap: 'shared-address' })
    expect(judged(two, { shared: true, clientOnly: false }).band).toBe('critical')
    expect(judged(two, { shared: true, operatorListed: true }).band).toBe('critical')
  })

  test('a login in 30 days keeps from critical, unless a decoy user was tried', () => {
    const lastSuccessAt = 80 * DAY_US
    expect(judged(two, { lastSuccessAt })).toMatchObject({ value: 89, cap: 'recent-login' })
    expect(judged(two, { lastSuccessAt: 60 * DAY_US }).band).toBe('critical')
    expect(judged([...two, evidence('s_decoy', 4.6)], { lastSuccessAt }).band).toBe('critical')
  })

  test('a cold start stops below high but for hard evidence or S of 9.2', () => {
    const cold = { population: 1_999 }
    expect(judged([evidence('s_fail', 8)], cold)).toMatchObject({ value: 69, cap: 'cold-start' })
    expect(judged([evidence('s_fail', 9.5)], cold)).toMatchObject({ value: 89, cap: 'one-voice' })
    expect(judged([evidence('s_cookie_dup', 8)], cold).band).toBe('high')
  })
})

const anyEvidence = fc.array(
  fc
    .tuple(fc.constantFrom(...FEATURE_IDS), fc.double({ min: -3, max: 5, noNaN: true }))
    .map(([id, nats]) => evidence(id, nats)),
  { maxLength: 12 },
)

test('points always sum to the value, whatever the evidence and the caps', () => {
  fc.assert(
    fc.property(anyEvidence, fc.boolean(), (items, shared) => {
      const { contributions, value } = judged(items, { shared })
      const sum = contributions.reduce((total, { points }) => total + points, 0)
      expect(Math.abs(sum - value)).toBeLessThan(0.5)
    }),
  )
})

test('removing the top contribution never raises S', () => {
  fc.assert(
    fc.property(anyEvidence, (items) => {
      const all = judged(items)
      const top = all.contributions[0]?.feature
      if ((all.contributions[0]?.nats ?? 0) <= 0) return
      const rest = judged(items.filter(({ feature }) => feature !== top))
      expect(rest.evidence).toBeLessThanOrEqual(all.evidence)
    }),
  )
})

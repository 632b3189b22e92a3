import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { combine } from '../../../behaviour/scoring/combine.ts'
import { calibrationOf, conformalP, RANKS } from '../../../behaviour/scoring/conformal.ts'

/** 0, 0.001, 0.002 ... nats. */
const days = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => i / 1000)

describe('conformal p-values', () => {
  test('are not given below 1,000 client-days', () => {
    expect(conformalP(5, calibrationOf(days(999)))).toBeUndefined()
    expect(conformalP(5, calibrationOf(days(1_000)))).toBeCloseTo(1 / 1_001, 12)
  })

  test('count exactly among the greatest 32', () => {
    const calibration = calibrationOf(days(2_000))
    // 1.999 is the greatest: itself, and nothing above it.
    expect(conformalP(1.9995, calibration)).toBeCloseTo(1 / 2_001, 12)
    expect(conformalP(1.9985, calibration)).toBeCloseTo(2 / 2_001, 12)
    expect(conformalP(1.9705, calibration)).toBeCloseTo(30 / 2_001, 12)
    expect(conformalP(-1, calibration)).toBeCloseTo(2_001 / 2_001, 12)
  })

  test('are never smaller than the count says, anywhere', () => {
    const values = fc.array(fc.integer({ min: -3_000, max: 20_000 }), {
      minLength: 1_000,
      maxLength: 1_500,
    })
    fc.assert(
      fc.property(values, fc.integer({ min: -3_000, max: 20_000 }), (thousandths, at) => {
        const ring = Float32Array.from(thousandths, (value) => value / 1000)
        const evidence = at / 1000
        const exact = (1 + ring.filter((value) => value >= evidence).length) / (ring.length + 1)
        expect(conformalP(evidence, calibrationOf(ring))).toBeGreaterThanOrEqual(exact - 1e-6)
      }),
      { numRuns: 30 },
    )
  })

  test('are told in few numbers', () => {
    expect(RANKS.length).toBeLessThan(64)
    expect(RANKS.slice(0, 3)).toEqual([1, 2, 3])
  })
})

describe('a calibrated score', () => {
  const context = {
    shared: false,
    clientOnly: true,
    lastSuccessAt: null,
    now: 0,
    population: 5_000,
  }
  const evidence = (nats: number) => [
    {
      ...({ feature: 's_fail', family: 'outcomes', nats, value: 1, unit: 'attempts' } as const),
      ...{ baseline: 0, oneIn: null, text: 'failed to log in' },
    },
  ]
  const judge = (nats: number, n: number) =>
    combine({
      protocol: 'ssh',
      priorNats: 0,
      evidence: evidence(nats),
      context: { ...context, calibration: calibrationOf(days(n)) },
    })

  test('is the greater of the two maps, and says on which ground it stands', () => {
    const calibrated = judge(1.9985, 2_000)
    // 2 of 2,001: -log10 p is 3.00.
    expect(calibrated.value).toBeCloseTo(70, 0)
    expect(calibrated.ground).toBe('calibrated')
    expect(judge(1.9985, 999)).toMatchObject({ ground: 'assumed', p: null })
    expect(judge(1.9985, 999).value).toBeCloseTo(21.65, 1)
  })

  test('tells in its contributions what calibration added, and they sum to it', () => {
    const { value, contributions } = judge(1.9985, 2_000)
    expect(contributions.find(({ feature }) => feature === 'calibration')).toMatchObject({
      unit: 'p',
      oneIn: 1_001,
      text: 'so much speaks against few of the 2000 client-days that ended well here',
    })
    expect(contributions.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(value, 6)
  })

  test('of a client nothing speaks against is where it was', () => {
    expect(judge(-1, 2_000).value).toBe(5)
  })
})

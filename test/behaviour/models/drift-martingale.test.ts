import { describe, expect, test } from '@jest/globals'
import { DriftMartingale } from '../../../behaviour/models/drift-martingale.ts'
import { seededDraw } from '../../../lib/seeded-draw.ts'

/** The n-th value at which an alarm came first; undefined within `most`. */
function firstAlarm(most: number, p: () => number): number | undefined {
  const martingale = new DriftMartingale()
  for (let n = 1; n <= most; n += 1) if (martingale.add(p())) return n
  return undefined
}

describe('p-values of trusted clients', () => {
  test('raise no alarm while they are uniform', () => {
    expect(firstAlarm(200_000, seededDraw('uniform'))).toBeUndefined()
  })

  test('raise one within 1,000 when one of ten has become tiny', () => {
    const draw = seededDraw('tiny')
    expect(firstAlarm(1_000, () => (draw() < 0.1 ? 0.01 : 1) * draw())).toBeGreaterThan(20)
  })

  test('raise none while they are too large, as ties make them', () => {
    const draw = seededDraw('ties')
    expect(firstAlarm(200_000, () => Math.max(0.3, draw()))).toBeUndefined()
  })

  test('that are no numbers break nothing', () => {
    const martingale = new DriftMartingale()
    martingale.restore(Number.NaN)
    expect(martingale.lnM).toBe(0)
    expect(martingale.add(0)).toBe(false)
  })
})

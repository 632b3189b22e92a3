import { describe, expect, test } from '@jest/globals'
import { CountCusum } from '../../../behaviour/models/count-cusum.ts'
import { poisson } from '../../../corpus/populations/population.ts'
import { seededDraw } from '../../../lib/seeded-draw.ts'

/** A stream that has seen `hours` hours with one count in every second of them. */
function usual(hours: number): CountCusum {
  const cusum = new CountCusum(7)
  for (let hour = 0; hour < hours; hour += 1) cusum.add(hour % 2)
  return cusum
}

describe('counts that rise', () => {
  test('raise no alarm before two days are known', () => {
    const cusum = usual(40)
    for (let hour = 0; hour < 8; hour += 1) expect(cusum.add(50).alarmed).toBe(false)
  })

  test('raise an alarm at three an hour where one in two hours is usual', () => {
    const cusum = usual(336)
    const hours: boolean[] = []
    for (let hour = 0; hour < 8; hour += 1) hours.push(cusum.add(3).alarmed)
    expect(hours).toEqual([false, false, false, true, true, true, true, true])
  })

  test('are told with the hours they have risen for and what is usual', () => {
    const cusum = usual(336)
    cusum.add(3)
    const { risingHours, usual: mean, alarmed } = cusum.add(3)
    expect({ risingHours, alarmed }).toEqual({ risingHours: 3, alarmed: false })
    expect(mean).toBeCloseTo(0.51, 1)
  })

  test('are over within hours once they are usual again', () => {
    const cusum = usual(336)
    for (let hour = 0; hour < 24; hour += 1) cusum.add(10)
    const after: boolean[] = []
    for (let hour = 0; hour < 24; hour += 1) after.push(cusum.add(0).alarmed)
    expect(after.indexOf(false)).toBeGreaterThan(0)
    expect(after.at(-1)).toBe(false)
  })

  test('that last a week are learned as usual', () => {
    const cusum = usual(336)
    for (let hour = 0; hour < 8 * 24; hour += 1) cusum.add(10)
    for (let hour = 0; hour < 60; hour += 1) cusum.add(10)
    expect(cusum.add(10)).toMatchObject({ alarmed: false, usual: expect.closeTo(10, 0) })
  })

  test('by chance raise less than one alarm a month, whatever is usual', () => {
    for (const mean of [0.05, 0.5, 2, 10]) {
      const draw = seededDraw(`chance ${mean}`)
      const cusum = new CountCusum(7)
      let alarms = 0
      let before = false
      const months = 24
      for (let hour = 0; hour < months * 720; hour += 1) {
        const { alarmed } = cusum.add(poisson(mean, draw))
        if (alarmed && !before) alarms += 1
        before = alarmed
      }
      expect(alarms).toBeLessThan(months)
    }
  })

  test('survive a snapshot', () => {
    const cusum = usual(336)
    cusum.add(3)
    const restored = new CountCusum(7)
    restored.load(structuredClone(cusum.save()))
    for (const count of [3, 0, 5, 5]) expect(restored.add(count)).toEqual(cusum.add(count))
  })
})
